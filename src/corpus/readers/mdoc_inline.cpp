#include "corpus/readers/mdoc_inline.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace lucie {

namespace {

struct Enclosure {
  std::string_view line, open, close;  // names: for the rest of the line, opening, closing
  std::string_view left, right;
};

constexpr std::array<Enclosure, 9> kEnclosures = {{
    {"Op", "Oo", "Oc", "[", "]"},
    {"Aq", "Ao", "Ac", "<", ">"},
    {"Bq", "Bo", "Bc", "[", "]"},
    {"Brq", "Bro", "Brc", "{", "}"},
    {"Dq", "Do", "Dc", "\xE2\x80\x9C", "\xE2\x80\x9D"},
    {"Pq", "Po", "Pc", "(", ")"},
    {"Qq", "Qo", "Qc", "\"", "\""},
    {"Sq", "So", "Sc", "\xE2\x80\x98", "\xE2\x80\x99"},
    {"Ql", "", "", "\xE2\x80\x98", "\xE2\x80\x99"},
}};

// Their words are printed as they are.
constexpr std::array<std::string_view, 25> kPlain = {
    "Ar", "Cm", "Ic", "Pa", "Ev", "Dv", "Er", "Va", "Vt", "Li", "Em", "Sy", "Tn",
    "An", "Ad", "Fa", "Ft", "Sx", "Mt", "No", "Cd", "Ms", "Nm", "In", "Fd"};
constexpr std::array<std::string_view, 21> kSpecial = {"Fl", "Xr", "Fn", "Lk", "Ns", "Pf", "Ap",
                                                       "Xo", "Xc", "St", "At", "Bx", "Ux", "Fx",
                                                       "Nx", "Ox", "Dx", "Sm", "Ta", "Bk", "Ek"};

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_closing_punctuation(std::string_view word) {
  return word.size() == 1 && std::string_view(".,:;)]?!").find(word[0]) != std::string_view::npos;
}
bool is_opening_punctuation(std::string_view word) {
  return word == "(" || word == "[";
}

}  // namespace

bool MdocInline::is_inline_macro(std::string_view name) {
  if (is_in(kPlain, name) || is_in(kSpecial, name)) return true;
  return std::any_of(kEnclosures.begin(), kEnclosures.end(), [&](const Enclosure& e) {
    return name == e.line || (!e.open.empty() && (name == e.open || name == e.close));
  });
}

void MdocInline::put(std::string_view text, bool joined) {
  if (text.empty()) return;
  if (out_.empty()) {
    joins_before_ = join_ || joined;
  } else if (!join_ && !joined && spacing_) {
    out_ += ' ';
  }
  join_ = false;
  out_ += text;
}

std::string MdocInline::line(const std::vector<std::string>& words) {
  out_.clear();
  closers_.clear();
  // Punctuation at the end of the line stands outside the enclosures of the line.
  std::size_t end = words.size();
  while (end > 0 && is_closing_punctuation(words[end - 1])) --end;
  const std::vector<std::string> inner(words.begin(),
                                       words.begin() + static_cast<std::ptrdiff_t>(end));
  for (std::size_t at = 0; at < inner.size();) {
    if (is_inline_macro(inner[at])) {
      macro(inner, &at);
    } else {
      for (const std::string& word : plain_words(inner, &at))
        put(word, is_closing_punctuation(word));
    }
  }
  while (!closers_.empty()) {
    put(closers_.back(), true);
    closers_.pop_back();
  }
  const bool ends_joined = join_;
  for (; end < words.size(); ++end) put(words[end], true);
  join_ = ends_joined && words.size() == inner.size();
  return out_;
}

// The words up to the next macro, printed.
std::vector<std::string> MdocInline::plain_words(const std::vector<std::string>& words,
                                                 std::size_t* at) {
  std::vector<std::string> texts;
  for (; *at < words.size() && !is_inline_macro(words[*at]); ++*at) {
    texts.push_back(input_.printed(words[*at]));
  }
  return texts;
}

bool MdocInline::bracket(std::string_view name) {
  for (const Enclosure& enclosure : kEnclosures) {
    if (name == enclosure.line || (name == enclosure.open && !name.empty())) {
      put(enclosure.left);
      join_ = true;
      if (name == enclosure.line) closers_.emplace_back(enclosure.right);
      return true;
    }
    if (name == enclosure.close && !name.empty()) {
      put(enclosure.right, true);
      return true;
    }
  }
  return false;
}

void MdocInline::macro(const std::vector<std::string>& words, std::size_t* at) {
  const std::string name = words[(*at)++];
  if (bracket(name)) return;
  if (is_in(kSpecial, name)) {
    special(name, words, at);
    return;
  }
  std::vector<std::string> texts = plain_words(words, at);
  const bool only_punctuation = std::all_of(
      texts.begin(), texts.end(), [](const auto& t) { return is_closing_punctuation(t); });
  if (only_punctuation) {
    if (name == "Nm") put(page_name_);
    if (name == "Ar") put("file ...");
    if (name == "Pa") put("~");
  }
  if (name == "In" && !texts.empty()) texts[0] = "<" + texts[0] + ">";
  if (name == "Nm" && page_name_.empty() && !texts.empty()) page_name_ = texts[0];
  for (const std::string& text : texts) {
    put(text, is_closing_punctuation(text));
    if (is_opening_punctuation(text)) join_ = true;
  }
}

void MdocInline::special(const std::string& name, const std::vector<std::string>& words,
                         std::size_t* at) {
  if (name == "Ns" || name == "Ap") {
    if (name == "Ap") put("'", true);
    join_ = true;
    return;
  }
  if (name == "Xo" || name == "Xc") {
    open_tags_ = std::max(0, open_tags_ + (name == "Xo" ? 1 : -1));
    return;
  }
  std::vector<std::string> texts = plain_words(words, at);
  if (name == "Sm") {
    spacing_ = texts.empty() ? !spacing_ : texts[0] != "off";
  } else if (name == "Fl") {
    if (texts.empty()) texts.emplace_back();
    for (const std::string& text : texts) {
      const bool punctuation = is_closing_punctuation(text) || text == "|";
      put(punctuation ? text : "-" + text, is_closing_punctuation(text));
    }
    // ".Fl Fl foo" is --foo.
    if (texts.size() == 1 && texts[0].empty() && *at < words.size()) join_ = true;
  } else if (name == "Xr" && !texts.empty()) {
    const bool section = texts.size() > 1 && !is_closing_punctuation(texts[1]);
    put(section ? texts[0] + "(" + texts[1] + ")" : texts[0]);
    for (std::size_t i = section ? 2 : 1; i < texts.size(); ++i) put(texts[i], true);
  } else if (name == "Fn" && !texts.empty()) {
    put(texts[0] + "(" + join(std::span(texts).subspan(1), ", ") + ")");
  } else if (name == "Lk" && !texts.empty()) {
    const std::string label = join(std::span(texts).subspan(1), " ");
    put(label.empty() ? "<" + texts[0] + ">" : label + " <" + texts[0] + ">");
  } else if (name == "Pf") {
    for (const std::string& text : texts) put(text);
    join_ = true;
  } else if (name == "St") {
    put(texts.empty() || !texts[0].starts_with("-p1003") ? "the standard" : "POSIX");
  } else if (name != "Ta" && name != "Bk" && name != "Ek") {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kSystems = {
        {{"At", "AT&T UNIX"},
         {"Bx", "BSD"},
         {"Ux", "UNIX"},
         {"Fx", "FreeBSD"},
         {"Nx", "NetBSD"},
         {"Ox", "OpenBSD"},
         {"Dx", "DragonFly"}}};
    for (const auto& [system, text] : kSystems) {
      if (name == system) put(name == "Bx" && !texts.empty() ? texts[0] + std::string(text) : text);
    }
    for (std::size_t i = name == "Bx" ? 1 : 0; i < texts.size(); ++i) {
      put(texts[i], is_closing_punctuation(texts[i]));
    }
  }
}

}  // namespace lucie
