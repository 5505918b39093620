#include "tokenizer/jinja_lexer.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"

namespace lucie::jinja {
namespace {

constexpr std::string_view kWhite = " \t\n\r\f\v";

bool is_white(char c) {
  return kWhite.find(c) != std::string_view::npos;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name_char(char c) {
  return c == '_' || is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Line ends become \n; one at the very end is dropped.
std::string unify_newlines(std::string_view source) {
  std::string out;
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\r') {
      out += source[i];
    } else {
      out += '\n';
      if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
    }
  }
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(unify_newlines(source)) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) {
      const std::size_t tag = next_tag();
      text_until(tag);
      if (at_ >= source_.size()) break;
      const char kind = source_[at_ + 1];
      advance(2);
      if (peek() == '-' || peek() == '+') advance(1);
      if (kind == '#') {
        comment();
      } else {
        expression(kind == '{');
      }
    }
    add(Token::Type::kEnd, "");
    return std::move(tokens_);
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }
  void advance(std::size_t count) {
    const std::size_t end = std::min(source_.size(), at_ + count);
    line_ += static_cast<int>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(at_),
                                         source_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    at_ = end;
  }
  void add(Token::Type type, std::string value) {
    tokens_.push_back({type, std::move(value), line_});
  }

  std::size_t next_tag() const {
    std::size_t at = at_;
    while ((at = source_.find('{', at)) != std::string::npos) {
      const char next = at + 1 < source_.size() ? source_[at + 1] : '\0';
      if (next == '{' || next == '%' || next == '#') return at;
      ++at;
    }
    return source_.size();
  }

  void text_until(std::size_t end) {
    std::string text = source_.substr(at_, end - at_);
    if (end < source_.size()) {
      const char sign = end + 2 < source_.size() ? source_[end + 2] : '\0';
      if (sign == '-') {
        text.erase(text.find_last_not_of(kWhite) + 1);
      } else if (sign != '+' && source_[end + 1] != '{') {
        const std::size_t line_start = text.rfind('\n') + 1;
        const bool blank = text.find_first_not_of(kWhite, line_start) == std::string::npos;
        if (blank && (line_start > 0 || line_starting_)) text.erase(line_start);
      }
    }
    if (!text.empty()) add(Token::Type::kText, std::move(text));
    advance(end - at_);
  }

  // After a tag: '-' strips all white space, a block or comment takes the newline that follows.
  void close_tag(char sign, bool takes_newline) {
    const std::size_t begin = at_;
    if (sign == '-') {
      while (at_ < source_.size() && is_white(peek())) advance(1);
    } else if (sign != '+' && takes_newline && peek() == '\n') {
      advance(1);
    }
    line_starting_ = at_ > begin && source_[at_ - 1] == '\n';
  }

  void comment() {
    const std::size_t end = source_.find("#}", at_);
    if (end == std::string::npos) {
      fail(ErrorCode::kCorrupt, "a comment is not closed", place_of(line_));
    }
    const char sign = end > at_ ? source_[end - 1] : '\0';
    advance(end + 2 - at_);
    close_tag(sign, true);
  }

  void expression(bool variable) {
    add(variable ? Token::Type::kVariableBegin : Token::Type::kBlockBegin, "");
    const std::string_view closing = variable ? "}}" : "%}";
    std::string open;  // brackets: within them "}}" closes dictionaries
    for (;;) {
      while (is_white(peek()) && at_ < source_.size()) advance(1);
      if (at_ >= source_.size()) {
        fail(ErrorCode::kCorrupt, "a tag is not closed", place_of(line_));
      }
      const bool signed_end = peek() == '-' || (peek() == '+' && !variable);
      const std::size_t skip = signed_end ? 1 : 0;
      if (open.empty() && source_.compare(at_ + skip, 2, closing) == 0) {
        const char sign = signed_end ? peek() : '\0';
        add(variable ? Token::Type::kVariableEnd : Token::Type::kBlockEnd, "");
        advance(skip + 2);
        close_tag(sign, !variable);
        return;
      }
      one_token(&open);
    }
  }

  void one_token(std::string* open) {
    const char c = peek();
    if (c == '"' || c == '\'') return string(c);
    if (is_digit(c)) return number();
    if (is_name_char(c)) {
      std::size_t length = 1;
      while (is_name_char(peek(length))) ++length;
      add(Token::Type::kName, source_.substr(at_, length));
      return advance(length);
    }
    static constexpr std::array<std::string_view, 26> kOperators = {
        "==", "!=", "<=", ">=", "//", "**", "+", "-", "*", "/", "%", "~", "<",
        ">",  "=",  ".",  ",",  ":",  "|",  "(", ")", "[", "]", "{", "}", ";"};
    for (const std::string_view op : kOperators) {
      if (source_.compare(at_, op.size(), op) != 0) continue;
      balance(c, open);
      add(Token::Type::kOperator, std::string(op));
      return advance(op.size());
    }
    fail(ErrorCode::kUnsupported, std::string("unexpected character '") + c + "'", place_of(line_));
  }

  void balance(char c, std::string* open) const {
    if (c == '(') *open += ')';
    if (c == '[') *open += ']';
    if (c == '{') *open += '}';
    if (c != ')' && c != ']' && c != '}') return;
    if (open->empty() || open->back() != c) {
      fail(ErrorCode::kCorrupt, std::string("unexpected '") + c + "'", place_of(line_));
    }
    open->pop_back();
  }

  void number() {
    std::size_t length = 1;
    while (is_digit(peek(length)) || peek(length) == '_') ++length;
    bool is_float = false;
    if (peek(length) == '.' && is_digit(peek(length + 1))) {
      is_float = true;
      ++length;
      while (is_digit(peek(length))) ++length;
    }
    const bool sign = peek(length + 1) == '-' || peek(length + 1) == '+';
    if ((peek(length) == 'e' || peek(length) == 'E') && is_digit(peek(length + (sign ? 2 : 1)))) {
      is_float = true;
      length += sign ? 2 : 1;
      while (is_digit(peek(length))) ++length;
    }
    std::string digits = source_.substr(at_, length);
    std::erase(digits, '_');
    add(is_float ? Token::Type::kFloat : Token::Type::kInteger, std::move(digits));
    advance(length);
  }

  void string(char quote) {
    std::string value;
    std::size_t i = 1;
    while (at_ + i < source_.size() && peek(i) != quote) {
      if (peek(i) == '\\') {
        i += escape(at_ + i, &value);
      } else {
        value += peek(i++);
      }
    }
    if (at_ + i >= source_.size()) {
      fail(ErrorCode::kCorrupt, "a string is not closed", place_of(line_));
    }
    add(Token::Type::kString, std::move(value));
    advance(i + 1);
  }

  // Python's escapes; returns how many bytes of the source were read.
  std::size_t escape(std::size_t at, std::string* value) const {
    const char c = at + 1 < source_.size() ? source_[at + 1] : '\0';
    static constexpr std::string_view kNames = "abfnrtv\\'\"", kValues = "\a\b\f\n\r\t\v\\'\"";
    if (const auto known = kNames.find(c); c != '\0' && known != std::string_view::npos) {
      *value += kValues[known];
      return 2;
    }
    if (c == '\n') return 2;
    const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits == 0) {
      *value += '\\';
      return 1;
    }
    char32_t code = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char d = at + 2 + i < source_.size() ? source_[at + 2 + i] : '\0';
      const auto place = std::string_view("0123456789abcdef").find(static_cast<char>(d | 0x20));
      if (d == '\0' || place == std::string_view::npos) {
        fail(ErrorCode::kCorrupt, "a string escape is cut short", place_of(line_));
      }
      code = code * 16 + static_cast<char32_t>(place);
    }
    append_utf8(*value, code);
    return 2 + digits;
  }

  std::string source_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool line_starting_ = true;
  std::vector<Token> tokens_;
};

}  // namespace

std::string place_of(int line) {
  return "chat template:" + std::to_string(line);
}

std::vector<Token> tokenize(std::string_view source) {
  return Lexer(source).run();
}

}  // namespace lucie::jinja
