#include "corpus/candidate.h"

#include <algorithm>

namespace lucie {

void Counts::add(std::string_view name, std::uint64_t count) {
  if (count == 0) return;
  const auto same = [&](const Entry& entry) { return entry.first == name; };
  const auto found = std::find_if(entries_.begin(), entries_.end(), same);
  if (found != entries_.end()) {
    found->second += count;
  } else {
    entries_.emplace_back(name, count);
  }
}

std::uint64_t Counts::of(std::string_view name) const {
  for (const Entry& entry : entries_) {
    if (entry.first == name) return entry.second;
  }
  return 0;
}

void Candidate::drop(std::string step, std::string why) {
  dropped_by = std::move(step);
  reason = std::move(why);
  document.text = std::string();
}

std::string verdict_line(const Candidate& candidate) {
  Json line = Json::object();
  line["id"] = candidate.document.id;
  line["url"] = candidate.document.url;
  line["source"] = candidate.document.source;
  line["language"] = candidate.document.language;
  line["licence"] = candidate.document.licence;
  line["decision"] = candidate.kept() ? "kept" : candidate.failed ? "failed" : "dropped";
  line["side"] = candidate.held_out ? "holdout" : "train";
  if (!candidate.kept()) {
    line["step"] = candidate.dropped_by;
    line["reason"] = candidate.reason;
    if (!candidate.measured.empty()) line["measured"] = candidate.measured;
  }
  if (candidate.same_as != kNoDocument) line["same_as"] = candidate.same_as;
  line["bytes_read"] = candidate.bytes_read;
  for (const auto& [name, count] : candidate.changes.entries()) line[name] = count;
  return line.dump() + "\n";
}

}  // namespace lucie
