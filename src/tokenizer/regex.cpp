#define PCRE2_CODE_UNIT_WIDTH 8
#include "tokenizer/regex.h"

#include <fmt/format.h>
#include <pcre2.h>

#include <utility>

#include "base/error.h"
#include "tokenizer/unicode.h"

namespace lucie {
namespace {

// Oniguruma's \w and \s as ranges for a bracket: PCRE2's leave out marks and circled letters, and
// take in U+180E.
constexpr std::string_view kWordClass =
    R"(\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{24b6}-\x{24e9}\x{1f130}-\x{1f149}\x{1f150}-\x{1f169})"
    R"(\x{1f170}-\x{1f189})";
// Outside of brackets Oniguruma's \w also has these: superscript digits and fractions of Latin-1.
constexpr std::string_view kBareWordExtras = R"(\xb2\xb3\xb9\xbc-\xbe)";
constexpr std::string_view kSpaceClass =
    R"(\x09-\x0d\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";

constexpr std::string_view kNotSpaceClass =
    R"(\x00-\x08\x0e-\x1f\x21-\x{84}\x{86}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027})"
    R"(\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{d7ff}\x{e000}-\x{10ffff})";
constexpr std::pair<std::string_view, std::string_view> kNamedClasses[] = {
    {"alpha", R"(\p{Alphabetic})"}, {"alnum", R"(\p{Alphabetic}\p{Nd})"},
    {"upper", R"(\p{Uppercase})"},  {"lower", R"(\p{Lowercase})"},
    {"digit", R"(\p{Nd})"},         {"punct", R"(\p{P}\p{S})"},
    {"blank", R"(\p{Zs}\t)"},       {"cntrl", R"(\p{Cc})"},
    {"space", kSpaceClass},         {"word", kWordClass},
    {"xdigit", "0-9a-fA-F"},
};

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

class Translator {
 public:
  Translator(std::string_view source, const std::string& place) : source_(source), place_(place) {}

  std::string run() {
    while (at_ < source_.size()) {
      const char c = source_[at_];
      if (c == '\\' && at_ + 1 < source_.size()) {
        escape(source_[at_ + 1]);
        continue;
      }
      if (c == '[') {
        if (depth_ > 0) {
          named_class();
          continue;
        }
        open_set();
      } else if (c == ']' && depth_ > 0) {
        depth_ = 0;
      } else if (depth_ > 0 && source_.substr(at_, 2) == "&&") {
        unsupported("an intersection of sets");
      }
      if (at_ < source_.size()) out_ += source_[at_++];
    }
    return std::move(out_);
  }

 private:
  // Copies "[", "[^" so that a "]" that follows at once is taken as a character.
  void open_set() {
    depth_ = 1;
    out_ += source_[at_++];
    if (at_ < source_.size() && source_[at_] == '^') out_ += source_[at_++];
    if (at_ < source_.size() && source_[at_] == ']') out_ += "\\", out_ += source_[at_++];
    // The caller copies one more byte, which must not skip an escape or another bracket.
    if (at_ < source_.size() && (source_[at_] == '\\' || source_[at_] == '['))
      --at_, out_.pop_back();
  }

  // [:name:] inside a set, by Unicode's properties.
  void named_class() {
    const std::size_t end = source_.find(":]", at_);
    if (source_.substr(at_, 2) != "[:" || end == std::string_view::npos) {
      unsupported("a set inside a set");
    }
    const std::string_view name = source_.substr(at_ + 2, end - at_ - 2);
    for (const auto& [known, ranges] : kNamedClasses) {
      if (name != known) continue;
      out_ += ranges;
      at_ = end + 2;
      return;
    }
    unsupported(fmt::format("the class [:{}:]", name));
  }

  void escape(char c) {
    at_ += 2;
    switch (c) {
      case 'w':
        return put_class(kWordClass, false);
      case 'W':
        return put_class(kWordClass, true);
      case 's':
        return put_class(kSpaceClass, false);
      case 'S':
        return put_class(kSpaceClass, true);
      case 'h':
        return put_class("0-9a-fA-F", false);
      case 'u':
        return put_code_point();
      case 'H':
      case 'g':
      case 'K':
      case 'X':
        unsupported(fmt::format("the escape \\{}", c));
      default:
        out_ += '\\', out_ += c;
    }
  }

  void put_class(std::string_view ranges, bool negated) {
    if (depth_ > 0) {
      if (negated && ranges == kWordClass) unsupported("\\W inside a set");
      out_ += negated ? kNotSpaceClass : ranges;
    } else {
      const std::string_view extras = ranges == kWordClass ? kBareWordExtras : "";
      out_ += fmt::format("[{}{}{}]", negated ? "^" : "", ranges, extras);
    }
  }

  void put_code_point() {
    const std::string_view digits = source_.substr(at_, 4);
    if (digits.size() != 4 || !is_hex(digits[0]) || !is_hex(digits[1]) || !is_hex(digits[2]) ||
        !is_hex(digits[3])) {
      unsupported("\\u without four hexadecimal digits");
    }
    out_ += fmt::format("\\x{{{}}}", digits);
    at_ += 4;
  }

  [[noreturn]] void unsupported(const std::string& what) const {
    fail(ErrorCode::kUnsupported, fmt::format("regular expression '{}' uses {}", source_, what),
         place_);
  }

  std::string_view source_;
  const std::string& place_;
  std::string out_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

// One a thread: only the bounds of the whole match are asked for, which fits every expression.
struct MatchScratch {
  MatchScratch()
      : data(pcre2_match_data_create(1, nullptr)),
        context(pcre2_match_context_create(nullptr)),
        stack(pcre2_jit_stack_create(32 * 1024, 8 * 1024 * 1024, nullptr)) {
    if (data == nullptr || context == nullptr) {
      fail(ErrorCode::kOutOfMemory, "no memory for a regular expression match");
    }
    if (stack != nullptr) pcre2_jit_stack_assign(context, nullptr, stack);
  }
  ~MatchScratch() {
    pcre2_jit_stack_free(stack);
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
  }
  MatchScratch(const MatchScratch&) = delete;
  MatchScratch& operator=(const MatchScratch&) = delete;

  pcre2_match_data* data;
  pcre2_match_context* context;
  pcre2_jit_stack* stack;
};

}  // namespace

struct Regex::Code {
  pcre2_code* code = nullptr;
  std::string pattern;
  ~Code() { pcre2_code_free(code); }
};

Regex::Regex(std::string_view pattern, const std::string& place) : code_(std::make_unique<Code>()) {
  code_->pattern = pattern;
  const std::string translated = Translator(pattern, place).run();
  int error = 0;
  std::size_t offset = 0;
  const std::unique_ptr<pcre2_compile_context, decltype(&pcre2_compile_context_free)> context(
      pcre2_compile_context_create(nullptr), &pcre2_compile_context_free);
  if (context) pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  code_->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
                              PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C,
                              &error, &offset, context.get());
  if (code_->code == nullptr) {
    PCRE2_UCHAR message[256] = {};
    pcre2_get_error_message(error, message, sizeof message);
    fail(ErrorCode::kUnsupported,
         fmt::format("regular expression '{}': {} at {}", pattern,
                     reinterpret_cast<const char*>(message), offset),
         place);
  }
  pcre2_jit_compile(code_->code, PCRE2_JIT_COMPLETE);  // without JIT the interpreter does the work
}
Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;

void Regex::for_each_match(std::string_view text, const std::function<void(Span)>& found) const {
  thread_local const MatchScratch scratch;
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  std::size_t at = 0, last_end = text.size() + 1;
  while (at <= text.size()) {
    const int count = pcre2_match(code_->code, subject, text.size(), at, PCRE2_NO_UTF_CHECK,
                                  scratch.data, scratch.context);
    if (count == PCRE2_ERROR_NOMATCH) return;
    if (count < 0) {
      fail(ErrorCode::kUnsupported,
           fmt::format("regular expression '{}' gave up on this text (PCRE2 error {})",
                       code_->pattern, count));
    }
    const std::size_t* bounds = pcre2_get_ovector_pointer(scratch.data);
    const Span span{bounds[0], bounds[1]};
    const bool empty = span.begin >= span.end;
    // An empty match directly behind the last one is not taken, as in Oniguruma's iteration.
    if (!empty || span.begin != last_end) found(span);
    last_end = span.end;
    at = span.end;
    if (empty) {
      if (at >= text.size()) return;
      at += unicode::char_length(static_cast<unsigned char>(text[at]));
    }
  }
}

}  // namespace lucie
