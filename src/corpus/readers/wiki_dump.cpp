#include "corpus/readers/wiki_dump.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace lucie {

namespace {

// What stands between <name ...> and </name>; empty when it is not there.
std::string_view element(std::string_view xml, const std::string& name) {
  const std::string open = "<" + name;
  for (std::size_t at = 0; (at = xml.find(open, at)) != std::string_view::npos; ++at) {
    std::string_view rest = xml.substr(at + open.size());
    if (!rest.starts_with('>') && !rest.starts_with(' ')) continue;
    const std::size_t end = rest.find('>');
    if (end == std::string_view::npos || (end > 0 && rest[end - 1] == '/')) return {};
    rest.remove_prefix(end + 1);
    return rest.substr(0, rest.find("</" + name + ">"));
  }
  return {};
}

std::string attribute_of(std::string_view line, const std::string& name) {
  const std::string key = " " + name + "=\"";
  const std::size_t at = line.find(key);
  if (at == std::string_view::npos) return {};
  line.remove_prefix(at + key.size());
  return unescape_xml(line.substr(0, line.find('"')));
}

WikiPage parse_page(const std::string& xml) {
  WikiPage page;
  const std::size_t revision = xml.rfind("<revision>");
  const std::string_view all = xml;
  const std::string_view head = all.substr(0, xml.find("<revision>"));
  page.title = unescape_xml(element(head, "title"));
  page.name_space = static_cast<int>(parse_int(element(head, "ns")).value_or(0));
  page.id = element(head, "id");
  page.redirect = head.find("<redirect") != std::string_view::npos;
  if (page.title.empty() || revision == std::string::npos) {
    fail(ErrorCode::kCorrupt, "a page without title or text");
  }
  const std::string_view last = all.substr(revision);
  const std::size_t text = std::min(last.find("<text"), last.size());
  const std::string_view facts = last.substr(0, text);
  page.revision = element(facts, "id");
  page.timestamp = element(facts, "timestamp");
  page.model = element(facts, "model");
  page.text = unescape_xml(element(last.substr(text), "text"));
  if (!is_valid_utf8(page.text) || !is_valid_utf8(page.title)) {
    fail(ErrorCode::kCorrupt, "text is not UTF-8");
  }
  return page;
}

bool stays_in_url(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter || std::string_view("-_.~!*;@$(),/:").find(c) != std::string_view::npos;
}

}  // namespace

std::string unescape_xml(std::string_view text) {
  struct Named {
    std::string_view name;
    char value;
  };
  constexpr std::array kNamed = {Named{"lt;", '<'}, Named{"gt;", '>'}, Named{"amp;", '&'},
                                 Named{"quot;", '"'}, Named{"apos;", '\''}};
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    const std::size_t at = text.find('&');
    plain += text.substr(0, at);
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + 1);
    const auto named = std::find_if(kNamed.begin(), kNamed.end(), [&](const Named& entry) {
      return text.starts_with(entry.name);
    });
    const std::size_t end = text.substr(0, 10).find(';');
    const std::int64_t number = text.starts_with('#') && end != std::string_view::npos
                                    ? parse_int(text.substr(1, end - 1)).value_or(0)
                                    : 0;
    if (named != kNamed.end()) {
      plain += named->value;
      text.remove_prefix(named->name.size());
    } else if (number > 0) {
      append_utf8(plain, static_cast<char32_t>(number));
      text.remove_prefix(end + 1);
    } else {
      plain += '&';
    }
  }
  return plain;
}

std::string WikiSite::url(std::string_view title) const {
  const std::size_t slash = base.rfind('/');
  if (slash == std::string::npos) return {};
  std::string url = base.substr(0, slash + 1);
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : title) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ') {
      url += '_';
    } else if (stays_in_url(c)) {
      url += c;
    } else {
      url += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return url;
}

void WikiDump::read_site_line(std::string_view line) {
  if (line.starts_with("<mediawiki")) site_.language = attribute_of(line, "xml:lang");
  if (line.starts_with("<base>")) site_.base = unescape_xml(element(line, "base"));
  if (!line.starts_with("<namespace ")) return;
  const std::string key = attribute_of(line, "key");
  std::string name = to_lower_ascii(unescape_xml(element(line, "namespace")));
  const bool hidden = key == "6" || key == "14" || key == "-2";
  if (hidden && !name.empty() && site_.hidden_namespaces.size() < 50) {
    site_.hidden_namespaces.push_back(std::move(name));
  }
}

bool WikiDump::next(WikiPage* page) {
  std::string line, xml;
  bool inside = false, too_long = false;
  while (lines_.next(line)) {
    const std::string_view trimmed = trim(line);
    if (trimmed == "<page>") {
      inside = true;
      too_long = false;
      xml.clear();
    } else if (!inside) {
      read_site_line(trimmed);
    } else if (trimmed == "</page>") {
      if (too_long) {
        fail(ErrorCode::kCorrupt, "page of more than " + std::to_string(max_) + " bytes");
      }
      *page = parse_page(xml);
      return true;
    } else if (!too_long) {
      too_long = line.size() >= max_ - xml.size();
      if (!too_long) xml += line + "\n";
    }
  }
  if (inside) fail(ErrorCode::kCorrupt, "a page that is cut short");
  return false;
}

}  // namespace lucie
