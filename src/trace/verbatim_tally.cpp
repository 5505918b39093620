#include "trace/verbatim_tally.h"

#include <algorithm>

namespace lucie {
namespace {

double share_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

void VerbatimTally::add(std::span<const std::uint64_t> lengths) {
  ++texts_;
  tokens_ += lengths.size();
  for (const std::uint64_t length : lengths) longest_ = std::max(longest_, length);
  for (std::size_t row = 0; row < kLengths.size(); ++row) {
    const std::uint64_t wanted = kLengths[row];
    if (lengths.size() >= wanted) rows_[row].sequences += lengths.size() - wanted + 1;
    std::uint64_t reached = 0, found = 0;
    for (std::uint64_t i = 0; i < lengths.size(); ++i) {
      if (lengths[i] < wanted) continue;
      ++found;
      rows_[row].covered += i + wanted - std::max(i, reached);
      reached = i + wanted;
    }
    rows_[row].found += found;
    rows_[row].texts += found > 0;
  }
}

Json VerbatimTally::to_json() const {
  Json json = Json::object();
  json["texts"] = texts_;
  json["tokens"] = tokens_;
  json["longest"] = longest_;
  json["by_length"] = Json::array();
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    Json entry = Json::object();
    entry["length"] = kLengths[i];
    entry["sequences"] = row.sequences;
    entry["found"] = row.found;
    entry["found_share"] = share_of(row.found, row.sequences);
    entry["covered"] = row.covered;
    entry["covered_share"] = share_of(row.covered, tokens_);
    entry["texts"] = row.texts;
    json["by_length"].push_back(std::move(entry));
  }
  return json;
}

}  // namespace lucie
