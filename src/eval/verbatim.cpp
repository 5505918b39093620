#include "eval/verbatim.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace lucie {
namespace {

// Code points with every run of white space as one space, none at the ends.
std::u32string characters_of(std::string_view text) {
  std::u32string result;
  for (std::size_t at = 0; at < text.size();) {
    char32_t c = next_code_point(text, &at);
    if (c == U' ' || (c >= U'\t' && c <= U'\r')) c = U' ';
    if (c == U' ' && (result.empty() || result.back() == U' ')) continue;
    result.push_back(c);
  }
  if (!result.empty() && result.back() == U' ') result.pop_back();
  return result;
}

// Hash of every run of `length` characters: a polynomial modulo 2^64, rolled along (Karp & Rabin
// 1987). Collisions cost a comparison.
template <typename See>
void for_each_run(std::u32string_view text, std::size_t length, See see) {
  constexpr std::uint64_t kBase = 0x9E3779B97F4A7C15;
  if (text.size() < length) return;
  std::uint64_t highest = 1, hash = 0;
  for (std::size_t i = 1; i < length; ++i) highest *= kBase;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i >= length) hash -= highest * text[i - length];
    hash = hash * kBase + text[i];
    if (i + 1 >= length) see(i + 1 - length, hash);
  }
}

double share_of(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

VerbatimCheck::VerbatimCheck(const std::vector<std::string>& answers, std::size_t shortest_run)
    : run_(shortest_run) {
  LUCIE_ASSERT(shortest_run > 0);
  for (const std::string& text : answers) {
    const std::size_t answer = answers_.size();
    answers_.push_back(characters_of(text));
    copied_.emplace_back(answers_.back().size(), false);
    for_each_run(answers_.back(), run_, [&](std::size_t begin, std::uint64_t hash) {
      places_[hash].push_back({answer, begin});
    });
  }
}

void VerbatimCheck::read(std::string_view training_text) {
  const std::u32string text = characters_of(training_text);
  for_each_run(text, run_, [&](std::size_t begin, std::uint64_t hash) {
    if (places_.contains(hash)) mark(std::u32string_view(text).substr(begin, run_), hash);
  });
}

void VerbatimCheck::mark(std::u32string_view run, std::uint64_t hash) {
  std::vector<Place>& places = places_.at(hash);
  std::erase_if(places, [&](const Place& place) {
    if (std::u32string_view(answers_[place.answer]).substr(place.begin, run_) != run) return false;
    const auto begin = copied_[place.answer].begin() + static_cast<std::ptrdiff_t>(place.begin);
    std::fill(begin, begin + static_cast<std::ptrdiff_t>(run_), true);
    return true;
  });
  if (places.empty()) places_.erase(hash);
}

bool VerbatimCheck::is_copied(std::size_t answer) const {
  const std::vector<bool>& copied = copied_.at(answer);
  return std::find(copied.begin(), copied.end(), true) != copied.end();
}

VerbatimShare VerbatimCheck::share() const {
  VerbatimShare share;
  for (const std::vector<bool>& copied : copied_) {
    const std::int64_t count = std::count(copied.begin(), copied.end(), true);
    share.answers += 1;
    share.answers_copied += count > 0;
    share.characters += static_cast<std::int64_t>(copied.size());
    share.characters_copied += count;
  }
  return share;
}

Json to_json(const VerbatimShare& share) {
  Json json = Json::object();
  json["answers"] = share.answers;
  json["answers_copied"] = share.answers_copied;
  json["answers_share"] = share_of(share.answers_copied, share.answers);
  json["characters"] = share.characters;
  json["characters_copied"] = share.characters_copied;
  json["characters_share"] = share_of(share.characters_copied, share.characters);
  return json;
}

}  // namespace lucie
