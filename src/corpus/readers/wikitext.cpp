// The pass over the characters: what is nested is taken apart with a stack of frames, each of which
// gathers text until its end and then becomes text of the frame around it.
#include "corpus/readers/wikitext.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "corpus/readers/html_tree.h"
#include "corpus/readers/wiki_templates.h"

namespace lucie {

namespace {

constexpr std::size_t kMaxFrames = 100;
constexpr std::size_t kMaxParts = 1000;  // of a template or link

enum class Frame { kPage, kTemplate, kParameter, kLink, kTable };

struct Open {
  Frame kind;
  std::vector<std::string> parts;  // between the pipes
};

// Elements of which nothing stays, and those whose content is taken as it is.
enum class Content { kDropped, kLiteral, kCode };
struct Element {
  std::string_view name;
  Content content;
};
constexpr std::array kElements = {
    Element{"ref", Content::kDropped},
    Element{"references", Content::kDropped},
    Element{"gallery", Content::kDropped},
    Element{"timeline", Content::kDropped},
    Element{"imagemap", Content::kDropped},
    Element{"score", Content::kDropped},
    Element{"graph", Content::kDropped},
    Element{"mapframe", Content::kDropped},
    Element{"templatedata", Content::kDropped},
    Element{"templatestyles", Content::kDropped},
    Element{"table", Content::kDropped},
    Element{"del", Content::kDropped},
    Element{"s", Content::kDropped},
    Element{"inputbox", Content::kDropped},
    Element{"math", Content::kLiteral},
    Element{"chem", Content::kLiteral},
    Element{"nowiki", Content::kLiteral},
    Element{"pre", Content::kCode},
    Element{"source", Content::kCode},
    Element{"syntaxhighlight", Content::kCode},
};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

class Stripper {
 public:
  Stripper(std::string_view text, const std::vector<std::string>& hidden)
      : text_(text), hidden_(hidden), absent_(kElements.size(), false) {
    frames_.push_back({Frame::kPage, {""}});
  }

  std::string run() {
    while (at_ < text_.size()) step();
    while (frames_.size() > 1) give_up();
    return std::move(frames_.front().parts.front());
  }

 private:
  std::string_view rest() const { return text_.substr(at_); }
  bool starts(std::string_view what) const { return rest().starts_with(what); }
  Open& top() { return frames_.back(); }
  void put(std::string_view text) { top().parts.back() += text; }
  void put(char c) { top().parts.back() += c; }
  bool at_line_start() const {
    std::size_t i = at_;
    while (i > 0 && at_ - i < 8 && (text_[i - 1] == ' ' || text_[i - 1] == ':')) --i;
    return i == 0 || text_[i - 1] == '\n';
  }

  void step() {
    // Runs of plain text at once.
    const std::size_t plain = std::min(rest().find_first_of("{}[]|<&'_"), rest().size());
    if (plain != 0) {
      put_plain(rest().substr(0, plain));
      at_ += plain;
      return;
    }
    switch (text_[at_]) {
      case '{':
        return open_braces();
      case '}':
        return close_braces();
      case '[':
        return open_brackets();
      case ']':
        return close_brackets();
      case '|':
        return pipe();
      case '<':
        return tag();
      case '&':
        return entity();
      case '\'':
        return apostrophes();
      default:
        return underscores();
    }
  }

  // Control characters are none of the author's, and one of them marks code.
  void put_plain(std::string_view text) {
    std::string& out = top().parts.back();
    for (const char c : text) {
      if (static_cast<unsigned char>(c) >= ' ' || c == '\n' || c == '\t') out += c;
    }
  }

  void open(Frame kind, std::size_t width) {
    if (frames_.size() < kMaxFrames) frames_.push_back({kind, {""}});
    at_ += width;
  }

  Open pop(std::size_t width) {
    at_ += width;
    Open frame = std::move(frames_.back());
    frames_.pop_back();
    return frame;
  }

  // A frame without its end was none: its text stays, but for tables, which end with the page.
  void give_up() {
    const Open frame = pop(0);
    if (frame.kind != Frame::kTable) put(join(frame.parts, "|"));
  }

  // Whether the innermost open frame is of a kind; links never closed do not stand in its way.
  bool unwind_to(Frame kind) {
    std::size_t i = frames_.size() - 1;
    while (i > 0 && frames_[i].kind == Frame::kLink) --i;
    if (i == 0 || frames_[i].kind != kind) return false;
    while (frames_.size() > i + 1) give_up();
    return true;
  }

  void open_braces() {
    if (starts("{{{") && !starts("{{{{")) return open(Frame::kParameter, 3);
    if (starts("{{")) return open(Frame::kTemplate, 2);
    if (starts("{|") && at_line_start()) return open(Frame::kTable, 2);
    put(text_[at_++]);
  }

  void close_braces() {
    if (starts("}}}") && unwind_to(Frame::kParameter)) {
      const Open frame = pop(3);
      put(frame.parts.size() > 1 ? frame.parts[1] : "");
    } else if (starts("}}") && unwind_to(Frame::kTemplate)) {
      const Open frame = pop(2);
      put(expand_template(frame.parts));
    } else if (starts("}}")) {
      at_ += 2;
    } else {
      put(text_[at_++]);
    }
  }

  void pipe() {
    if (starts("|}") && !starts("|}}") && at_line_start() && unwind_to(Frame::kTable)) {
      pop(2);
      return;
    }
    const bool splits = top().kind != Frame::kPage && top().kind != Frame::kTable;
    if (splits && top().parts.size() < kMaxParts) {
      top().parts.emplace_back();
    } else {
      put('|');
    }
    ++at_;
  }

  void open_brackets() {
    if (starts("[[")) return open(Frame::kLink, 2);
    const std::string_view inside = rest().substr(1);
    for (const std::string_view scheme : {"http://", "https://", "//", "ftp://", "mailto:"}) {
      if (!inside.starts_with(scheme)) continue;
      const std::size_t end = std::min(inside.find_first_of(" ]\n\t"), inside.size());
      const char after = end < inside.size() ? inside[end] : '\n';
      at_ += 1 + end + (after == ']' ? 1 : 0);
      external_ += after == ' ' ? 1 : 0;
      return;
    }
    put(text_[at_++]);
  }

  void close_brackets() {
    if (starts("]]") && top().kind == Frame::kLink) {
      const Open frame = pop(2);
      put(link_text(frame.parts));
    } else if (external_ > 0) {
      --external_;
      ++at_;
    } else {
      put(text_[at_++]);
    }
  }

  std::string link_text(const std::vector<std::string>& parts) const {
    const std::string_view target = trim(parts.front());
    if (target.starts_with(':')) {
      return parts.size() > 1 ? parts.back() : std::string(target.substr(1));
    }
    const std::size_t colon = target.find(':');
    if (colon != std::string_view::npos) {
      const std::string space = to_lower_ascii(trim(target.substr(0, colon)));
      if (std::find(hidden_.begin(), hidden_.end(), space) != hidden_.end()) return {};
      if (parts.size() == 1 && is_language(space)) return {};
    }
    return parts.back();
  }

  // "en", "simple", "zh-yue": a link to the page in another language.
  static bool is_language(std::string_view prefix) {
    if (prefix == "simple") return true;
    const std::string_view first = prefix.substr(0, prefix.find('-'));
    return (first.size() == 2 || first.size() == 3) &&
           std::all_of(prefix.begin(), prefix.end(),
                       [](char c) { return c == '-' || is_letter(c); });
  }

  void tag() {
    if (starts("<!--")) {
      const std::size_t end = no_comment_end_ ? text_.npos : text_.find("-->", at_ + 4);
      no_comment_end_ = end == text_.npos;
      at_ = end == text_.npos ? at_ + 4 : end + 3;
      return;
    }
    const std::string_view inside = rest().substr(1, 200);
    const std::size_t slash = inside.starts_with('/') ? 1 : 0;
    std::size_t end = slash;
    while (end < inside.size() && is_letter(inside[end])) ++end;
    const std::size_t close = inside.find_first_of("<>", end);
    const bool is_tag = end > slash && close != std::string_view::npos && inside[close] == '>';
    if (!is_tag) return put(text_[at_++]);
    const std::string name = to_lower_ascii(inside.substr(slash, end - slash));
    at_ += close + 2;
    if (slash == 0 && inside[close - 1] != '/') content_of(name);
    const bool breaks = name == "br" || name == "p" || name == "div" || name == "li" ||
                        name == "poem" || name == "blockquote" || name == "hr";
    if (breaks) put('\n');
  }

  // Behind the start of an element whose content is not wikitext. One without an end has none.
  void content_of(const std::string& name) {
    for (std::size_t i = 0; i < kElements.size(); ++i) {
      if (kElements[i].name != name || absent_[i]) continue;
      const std::size_t end = text_.find("</" + name, at_);
      absent_[i] = end == text_.npos;
      if (absent_[i]) return;
      const std::string_view content = text_.substr(at_, end - at_);
      at_ = std::min(text_.find('>', end), text_.size() - 1) + 1;
      if (kElements[i].content == Content::kLiteral) put_plain(content);
      if (kElements[i].content == Content::kCode) put_code(content);
      return;
    }
  }

  void put_code(std::string_view content) {
    put('\n');
    for (const std::string& line : split(content, '\n')) {
      put(kCodeMark);
      put_plain(line);
      put('\n');
    }
  }

  void entity() {
    const std::size_t end = rest().substr(0, 12).find(';');
    const char32_t point =
        end == std::string_view::npos ? 0 : html_entity(rest().substr(1, end - 1));
    if (point == 0) return put(text_[at_++]);
    append_utf8(top().parts.back(), point);
    at_ += end + 1;
  }

  // Bold and italics; of four the first is an apostrophe, of more than five those beyond.
  void apostrophes() {
    const std::size_t count = std::min(rest().find_first_not_of('\''), rest().size());
    const std::size_t markup = count < 2 ? 0 : count < 4 ? count : count == 4 ? 3 : 5;
    put(rest().substr(0, count - markup));
    at_ += count;
  }

  // __NOTOC__ and the like.
  void underscores() {
    std::size_t end = at_ + 2;
    while (end < text_.size() && end - at_ < 40 && text_[end] >= 'A' && text_[end] <= 'Z') ++end;
    if (starts("__") && end > at_ + 2 && text_.substr(end).starts_with("__")) {
      at_ = end + 2;
    } else {
      put(text_[at_++]);
    }
  }

  std::string_view text_;
  const std::vector<std::string>& hidden_;
  std::size_t at_ = 0;
  std::vector<Open> frames_;
  int external_ = 0;  // links "[http://... label" that are open
  bool no_comment_end_ = false;
  std::vector<bool> absent_;  // elements that have no end from here on
};

}  // namespace

std::string strip_inline_wikitext(std::string_view text,
                                  const std::vector<std::string>& hidden_namespaces) {
  return Stripper(text, hidden_namespaces).run();
}

}  // namespace lucie
