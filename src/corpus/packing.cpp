#include "corpus/packing.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "base/error.h"
#include "base/text.h"

namespace lucie {

namespace {

const std::vector<std::string> kNames{"concatenate", "best-fit", "one-per-sequence"};

}  // namespace

Packing packing_from_json(const Json& name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name.as_string());
  if (found == kNames.end()) {
    fail(ErrorCode::kInvalidArgument, "unknown packing '" + name.as_string() + "'", name.place(),
         "known: " + join(kNames, ", "));
  }
  return static_cast<Packing>(found - kNames.begin());
}

const char* packing_name(Packing packing) {
  return kNames[static_cast<std::size_t>(packing)].c_str();
}

std::vector<std::uint32_t> fit_best(std::span<const std::uint32_t> lengths,
                                    std::uint32_t capacity) {
  std::vector<std::uint32_t> order(lengths.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return lengths[a] != lengths[b] ? lengths[a] > lengths[b] : a < b;
  });
  std::vector<std::uint32_t> bins(lengths.size());
  std::map<std::uint32_t, std::vector<std::uint32_t>> open;  // bins by the room left in them
  std::uint32_t used = 0;
  for (const std::uint32_t item : order) {
    LUCIE_ASSERT(lengths[item] <= capacity);
    const auto fullest = open.lower_bound(lengths[item]);
    std::uint32_t room = capacity;
    if (fullest == open.end()) {
      bins[item] = used++;
    } else {
      room = fullest->first;
      bins[item] = fullest->second.back();
      fullest->second.pop_back();
      if (fullest->second.empty()) open.erase(fullest);
    }
    if (room > lengths[item]) open[room - lengths[item]].push_back(bins[item]);
  }
  return bins;
}

std::uint64_t windows_in(std::uint64_t tokens, std::int64_t sequence_length) {
  LUCIE_ASSERT(sequence_length > 0);
  return tokens == 0 ? 0 : (tokens - 1) / static_cast<std::uint64_t>(sequence_length);
}

SequencePlan::SequencePlan(const IndexedDataset& tokens, std::int64_t sequence_length,
                           Packing packing, std::size_t buffer)
    : tokens_(&tokens), length_(static_cast<std::uint64_t>(sequence_length)), packing_(packing) {
  if (packing == Packing::kConcatenate) {
    sequences_ = windows_in(tokens.tokens(), sequence_length);
    return;
  }
  std::vector<Piece> pieces;
  for (std::int64_t document = 0; document < tokens.documents(); ++document) {
    const std::uint64_t begin = tokens.begin(document), end = tokens.begin(document + 1);
    if (end - begin > length_) ++split_;
    for (std::uint64_t at = begin; at < end; at += length_) {
      pieces.push_back({at, static_cast<std::uint32_t>(std::min(length_, end - at))});
    }
    if (pieces.size() < buffer) continue;
    pack(pieces);
    pieces.clear();
  }
  pack(pieces);
  first_.push_back(pieces_.size());
  sequences_ = first_.size() - 1;
  padding_ = sequences_ * length_ - tokens.tokens();
}

void SequencePlan::pack(const std::vector<Piece>& pieces) {
  std::vector<std::uint32_t> bins(pieces.size());
  if (packing_ == Packing::kBestFit) {
    std::vector<std::uint32_t> lengths;
    for (const Piece& piece : pieces) lengths.push_back(piece.length);
    bins = fit_best(lengths, static_cast<std::uint32_t>(length_));
  } else {
    std::iota(bins.begin(), bins.end(), 0u);
  }
  // Within a sequence in the order of the shard, so that long ones do not always come first.
  std::vector<std::uint32_t> order(pieces.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return bins[a] < bins[b]; });
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || bins[order[i]] != bins[order[i - 1]]) first_.push_back(pieces_.size());
    pieces_.push_back(pieces[order[i]]);
  }
}

std::vector<Piece> SequencePlan::at(std::uint64_t sequence) const {
  LUCIE_ASSERT(sequence < sequences_);
  if (packing_ != Packing::kConcatenate) {
    const auto begin = pieces_.begin() + static_cast<std::ptrdiff_t>(first_[sequence]);
    const auto end = pieces_.begin() + static_cast<std::ptrdiff_t>(first_[sequence + 1]);
    return {begin, end};
  }
  std::vector<Piece> pieces;
  const std::uint64_t end = (sequence + 1) * length_ + 1;
  for (std::uint64_t at = sequence * length_; at < end;) {
    const std::uint64_t stop = std::min(tokens_->begin(tokens_->document_of(at) + 1), end);
    pieces.push_back({at, static_cast<std::uint32_t>(stop - at)});
    at = stop;
  }
  return pieces;
}

std::vector<SequencePart> SequencePlan::holding(std::uint64_t begin, std::uint64_t end) const {
  std::vector<SequencePart> parts;
  const auto add = [&](std::uint64_t sequence, std::uint64_t first, std::uint64_t last) {
    const std::uint64_t from = std::max(begin, first), to = std::min(end, last);
    if (from >= to) return;
    if (parts.empty() || parts.back().sequence != sequence) parts.push_back({sequence, 0});
    parts.back().tokens += to - from;
  };
  if (packing_ == Packing::kConcatenate) {
    // A window's last token is the first of the next.
    std::uint64_t sequence = begin == 0 ? 0 : (begin - 1) / length_;
    for (; sequence < sequences_ && sequence * length_ < end; ++sequence) {
      add(sequence, sequence * length_, (sequence + 1) * length_ + 1);
    }
    return parts;
  }
  for (std::uint64_t sequence = 0; sequence < sequences_; ++sequence) {
    for (std::uint64_t i = first_[sequence]; i < first_[sequence + 1]; ++i) {
      add(sequence, pieces_[i].begin, pieces_[i].begin + pieces_[i].length);
    }
  }
  return parts;
}

}  // namespace lucie
