// Small helpers on strings: nearest names for typos, numbers for people, splitting.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lucie {

// The candidate closest to `wrong` by edit distance, or empty when none is close enough to be a
// typo.
std::string nearest_name(std::string_view wrong, std::span<const std::string> candidates);

// "did you mean 'x'?" or empty.
std::string did_you_mean(std::string_view wrong, std::span<const std::string> candidates);

std::vector<std::string> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);  // ASCII white space at both ends
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string to_lower_ascii(std::string_view text);

// Whole-string parses; nullopt on anything left over or out of range. "3e6" is a valid count.
std::optional<std::int64_t> parse_int(std::string_view text);
std::optional<double> parse_double(std::string_view text);
// "2GB", "512 MiB", "1e9": bytes, in powers of 1000 or, with an i, of 1024.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

std::string human_count(double value);      // 1.23 M, 456 k, 12
std::string human_bytes(double bytes);      // 1.23 GB (powers of 1000)
std::string human_seconds(double seconds);  // 1 h 02 min, 3 min 20 s, 4.2 s
std::string html_escape(std::string_view text);

// Length of the character at the start of `text`, which is not empty; 0 if it is none of RFC 3629:
// then `*ill_formed` is the length of what other decoders replace by one U+FFFD, a maximal subpart
// (Unicode 15, section 3.9, table 3-8).
std::size_t utf8_length(std::string_view text, std::size_t* ill_formed);
// Appends the UTF-8 form of a code point; surrogates and values above 0x10FFFF become U+FFFD.
void append_utf8(std::string& out, char32_t code_point);
// Decodes one code point at `*at` and moves `*at` on; an invalid byte gives U+FFFD and moves by
// one.
char32_t next_code_point(std::string_view text, std::size_t* at);
bool is_valid_utf8(std::string_view text);

}  // namespace lucie
