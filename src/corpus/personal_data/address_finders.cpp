// E-mail and IP addresses (finders.h).
#include <algorithm>
#include <array>

#include "base/text.h"
#include "corpus/personal_data/finders.h"

namespace lucie::personal {

namespace {

constexpr std::size_t kLongestLocal = 64, kLongestDomain = 253;  // RFC 5321, 4.5.3.1

bool is_letter(char c) {
  return is_upper(c) || (c >= 'a' && c <= 'z');
}
bool is_local(char c) {
  return is_letter(c) || is_digit(c) || std::string_view("._%+-").find(c) != std::string_view::npos;
}

// Ends of names that hold an "@" and are no addresses: units of systemd, images for two densities.
constexpr std::string_view kNoDomains[] = {
    "service", "socket", "target", "timer", "mount", "device", "path", "slice", "scope",
    "swap",    "png",    "jpg",    "jpeg",  "gif",   "svg",    "webp", "css",   "js"};

// End of a domain of at least two labels whose last one is a word; 0 when there is none.
std::size_t domain_end(std::string_view text, std::size_t at) {
  const std::size_t limit = std::min(text.size(), at + kLongestDomain);
  std::size_t end = 0, label = at;
  for (std::size_t i = at; i <= limit; ++i) {
    const char c = i < limit ? text[i] : '\0';
    if (is_letter(c) || is_digit(c) || c == '-') continue;
    const std::string_view name = text.substr(label, i - label);
    if (name.empty() || name.front() == '-' || name.back() == '-') break;
    const bool is_word = name.size() >= 2 && std::all_of(name.begin(), name.end(), is_letter);
    if (label > at && is_word) end = i;
    if (c != '.') break;
    label = i + 1;
  }
  return end;
}

bool is_example_domain(std::string_view domain) {
  const std::string lower = to_lower_ascii(domain);
  for (const std::string_view name : {"example.com", "example.org", "example.net"}) {
    if (lower == name || lower.ends_with("." + std::string(name))) return true;
  }
  const std::string last = lower.substr(lower.rfind('.') + 1);
  return last == "example" || last == "invalid" || last == "test" || last == "localhost";
}

struct Octets {
  std::array<int, 4> values{};
  std::size_t end = 0;  // 0: no address
};

Octets read_octets(std::string_view text, std::size_t at) {
  Octets octets;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0 && (at >= text.size() || text[at++] != '.')) return {};
    const std::size_t begin = at;
    int value = 0;
    for (; at < text.size() && at < begin + 3 && is_digit(text[at]); ++at) {
      value = value * 10 + (text[at] - '0');
    }
    const bool leading_zero = at - begin > 1 && text[begin] == '0';
    if (at == begin || value > 255 || leading_zero) return {};
    octets.values[i] = value;
  }
  octets.end = at;
  return octets;
}

// Addresses that name no one: private, local, reserved, for documentation, multicast (RFC 6890).
bool names_no_one(const std::array<int, 4>& ip) {
  const auto [a, b, c, d] = ip;
  if (a == 0 || a == 10 || a == 127 || a >= 224) return true;
  if (a == 100) return b >= 64 && b < 128;
  if (a == 169) return b == 254;
  if (a == 172) return b >= 16 && b < 32;
  if (a == 192) return b == 168 || (b == 0 && (c == 0 || c == 2)) || (b == 88 && c == 99);
  if (a == 198) return b == 18 || b == 19 || (b == 51 && c == 100);
  if (a == 203) return b == 0 && c == 113;
  // Of one figure each: a version ("1.2.3.4") or a public resolver (8.8.8.8), nobody's.
  return a < 10 && b < 10 && c < 10 && d < 10;
}

std::optional<Found> find_ip4(const Place& place) {
  const Octets octets = read_octets(place.text, place.at);
  if (octets.end == 0 || names_no_one(octets.values)) return std::nullopt;
  if (comes_from_number(place.text, place.at) || place.byte(-1) == '.') return std::nullopt;
  const char after = octets.end < place.text.size() ? place.text[octets.end] : '\0';
  const bool is_net = after == '/';
  if ((!is_net && goes_on(place.text, octets.end)) || after == '-') return std::nullopt;
  if (place.follows({"versi*", "ver", "v", "release*", "revision*", "section*", "chapter*", "oid",
                     "kapitel*", "abschnitt*", "kernel*", "firmware*"})) {
    return std::nullopt;
  }
  constexpr std::string_view kNets[] = {"192.0.2.", "198.51.100.", "203.0.113."};
  const std::string_view written = place.text.substr(place.at, octets.end - place.at);
  const std::uint64_t drawn = place.draw(written, 3 * 254);
  return Found{octets.end, std::string(kNets[drawn / 254]) + std::to_string(drawn % 254 + 1)};
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Only addresses of the global range 2000::/3 written with at least three groups, which no other
// text with colons looks like.
std::optional<Found> find_ip6(const Place& place) {
  if ((place.byte(0) != '2' && place.byte(0) != '3') || place.byte(4) != ':') return std::nullopt;
  const std::string_view text = place.text;
  std::size_t at = place.at, groups = 0, end = 0;
  bool gap = false;
  while (at < text.size() && groups < 8) {
    const std::size_t begin = at;
    while (at < text.size() && at < begin + 4 && hex_value(text[at]) >= 0) ++at;
    if (at == begin) break;
    ++groups;
    end = at;
    if (at >= text.size() || text[at] != ':') break;
    if (at + 1 < text.size() && text[at + 1] == ':') {
      if (gap) return std::nullopt;
      gap = true;
      end = at += 2;
    } else {
      ++at;
    }
  }
  const bool complete = gap ? groups >= 3 && groups < 8 : groups == 8;
  if (!complete || (end < text.size() && (is_word_byte(text[end]) || text[end] == ':'))) {
    return std::nullopt;
  }
  const std::string written = to_lower_ascii(text.substr(place.at, end - place.at));
  if (written.starts_with("2001:db8:") || written.starts_with("2001:0db8:")) return std::nullopt;
  constexpr char kHex[] = "0123456789abcdef";
  const std::uint64_t drawn = place.draw(written, std::uint64_t{1} << 32);
  std::string address = "2001:db8::";
  for (int i = 0; i < 8; ++i) {
    if (i == 4) address += ':';
    address += kHex[drawn >> (4 * i) & 15];
  }
  return Found{end, address};
}

}  // namespace

std::optional<Found> find_email(const Place& place) {
  const std::string_view text = place.text;
  std::size_t at = place.at;
  while (at < text.size() && at - place.at <= kLongestLocal && is_local(text[at])) ++at;
  const std::string_view local = text.substr(place.at, at - place.at);
  if (local.empty() || at >= text.size() || text[at] != '@') return std::nullopt;
  if (local.size() > kLongestLocal || local.back() == '.' ||
      local.find("..") != std::string_view::npos) {
    return std::nullopt;
  }
  const std::size_t end = domain_end(text, at + 1);
  if (end == 0 || (end < text.size() && (is_word_byte(text[end]) || text[end] == '@'))) {
    return std::nullopt;
  }
  const std::string_view domain = text.substr(at + 1, end - at - 1);
  const std::string last = to_lower_ascii(domain.substr(domain.rfind('.') + 1));
  if (std::find(std::begin(kNoDomains), std::end(kNoDomains), last) != std::end(kNoDomains) ||
      is_example_domain(domain) || (local == "git" && end < text.size() && text[end] == ':')) {
    return std::nullopt;
  }
  constexpr std::string_view kDomains[] = {"@example.com", "@example.org", "@example.net"};
  const std::string written = to_lower_ascii(text.substr(place.at, end - place.at));
  const std::uint64_t drawn = place.draw(written, 300000);
  return Found{end, "person-" + digits_of(drawn / 3, 5) + std::string(kDomains[drawn % 3])};
}

std::optional<Found> find_ip(const Place& place) {
  if (!is_digit(place.byte(0))) return std::nullopt;
  if (std::optional<Found> found = find_ip4(place)) return found;
  return find_ip6(place);
}

}  // namespace lucie::personal
