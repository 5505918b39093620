#include "corpus/near_duplicates.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "corpus/gram_sets.h"

namespace lucie {

namespace {

// With `verify` a document is compared with so many before it in each of its buckets; without, the
// one before it is enough to connect them all.
constexpr std::size_t kComparedInBucket = 16;
constexpr std::size_t kPairsAtOnce = 4096;
// The vectors of the class, doubled as they grow; with `verify` also a place in GramSets.
constexpr std::uint64_t kBytesPerMember = 40, kBytesPerVerified = 72;

int read_count(const Json& near, const char* key, int fallback, int most) {
  const std::int64_t count = near.get(key, fallback);
  if (count < 1 || count > most) {
    fail(ErrorCode::kInvalidArgument,
         std::string("corpus.dedup.near.") + key + " is " + std::to_string(count), near.place(),
         "1 to " + std::to_string(most));
  }
  return static_cast<int>(count);
}

}  // namespace

NearSettings NearSettings::from_json(const Json& near) {
  NearSettings settings;
  if (near.is_bool() && near.as_bool()) return settings;
  refuse_unknown_keys(near, {"bands", "rows", "ngram", "seed", "hash", "verify"},
                      "corpus.dedup.near");
  MinHashSettings& minhash = settings.minhash;
  minhash.bands = read_count(near, "bands", minhash.bands, 1000);
  minhash.rows = read_count(near, "rows", minhash.rows, 100);
  minhash.ngram = read_count(near, "ngram", minhash.ngram, 100);
  const std::int64_t seed = near.get("seed", 1);
  if (seed < 0 || seed > std::numeric_limits<std::uint32_t>::max()) {
    fail(ErrorCode::kInvalidArgument, "corpus.dedup.near.seed has more than 32 bits", near.place());
  }
  minhash.seed = static_cast<std::uint32_t>(seed);
  const std::string hash = near.get("hash", "xxh64");
  if (hash != "xxh64" && hash != "sha1") {
    fail(ErrorCode::kInvalidArgument, "corpus.dedup.near.hash is '" + hash + "'", near.place(),
         "xxh64 or sha1");
  }
  minhash.hash = hash == "sha1" ? GramHash::kSha1 : GramHash::kXxh64;
  settings.verify = near.get("verify", settings.verify);
  if (!(settings.verify >= 0 && settings.verify <= 1)) {
    fail(ErrorCode::kInvalidArgument, "corpus.dedup.near.verify is not between 0 and 1",
         near.place(), "the Jaccard index that duplicates must have, for example 0.8");
  }
  return settings;
}

NearDuplicates::NearDuplicates(const NearSettings& settings, const fs::path& folder,
                               std::uint64_t memory, ThreadPool& pool)
    : settings_(settings),
      folder_(folder),
      memory_(memory),
      pool_(&pool),
      bands_(std::make_unique<ExternalSort<BandEntry>>(folder, memory / 2, pool)) {}

void NearDuplicates::add(std::uint64_t ordinal, std::uint32_t rank,
                         std::span<const std::uint64_t> band_keys) {
  for (const std::uint64_t key : band_keys) bands_->add({key, ordinal, rank});
}

void NearDuplicates::find(const Texts& texts) {
  ExternalSort<Member> members(folder_, memory_ / 4, *pool_);
  Pairs pairs(folder_, memory_ / 4, *pool_);
  collect(pairs, members);
  bands_.reset();
  list(members);
  if (settings_.verify > 0) {
    connect_verified(pairs, texts);
  } else {
    connect_all(pairs);
  }
  choose_survivors();
}

// The pairs of each bucket: entries of one key, which come by rising ordinal.
void NearDuplicates::collect(Pairs& pairs, ExternalSort<Member>& members) {
  const std::size_t compared = settings_.verify > 0 ? kComparedInBucket : 1;
  std::vector<BandEntry> before;  // of the same bucket, the last ones
  while (const BandEntry* entry = bands_->next()) {
    if (!before.empty() && before.back().key != entry->key) before.clear();
    for (const BandEntry& other : before) {
      pairs.add({other.ordinal, entry->ordinal});
      members.add({other.ordinal, other.rank});
    }
    if (!before.empty()) members.add({entry->ordinal, entry->rank});
    before.push_back(*entry);
    if (before.size() > compared) before.erase(before.begin());
  }
}

void NearDuplicates::list(ExternalSort<Member>& members) {
  // The other half is taken by the members and pairs that are read.
  const std::uint64_t bytes = settings_.verify > 0 ? kBytesPerVerified : kBytesPerMember;
  const std::uint64_t most =
      std::min<std::uint64_t>(memory_ / 2 / bytes, std::numeric_limits<std::uint32_t>::max() - 1);
  while (const Member* member = members.next()) {
    if (!ordinals_.empty() && ordinals_.back() == member->ordinal) continue;
    ordinals_.push_back(member->ordinal);
    ranks_.push_back(static_cast<std::uint32_t>(member->rank));
    parent_.push_back(static_cast<std::uint32_t>(parent_.size()));
    if (ordinals_.size() <= most) continue;
    fail(ErrorCode::kOutOfMemory,
         "more than " + std::to_string(most) + " documents have near duplicates",
         "corpus.dedup.near",
         "give more --memory (" + std::to_string(2 * bytes) + " bytes for each)");
  }
}

void NearDuplicates::connect_all(Pairs& pairs) {
  while (const Pair* pair = pairs.next()) connect(index_of(pair->first), index_of(pair->second));
}

// Pairs that others already connect are left out: they could not change the clusters.
void NearDuplicates::connect_verified(Pairs& pairs, const Texts& texts) {
  GramSets sets(folder_, settings_.minhash, ordinals_.size());
  texts(ordinals_, [&sets](std::size_t index, std::string_view text) { sets.put(index, text); });
  struct Candidate {
    std::uint32_t first, second;
    bool similar = false;
  };
  std::vector<Candidate> candidates;
  const auto check = [&](std::int64_t i, int) {
    Candidate& candidate = candidates[static_cast<std::size_t>(i)];
    const double index = jaccard(sets.get(candidate.first), sets.get(candidate.second));
    candidate.similar = index >= settings_.verify;
  };
  Progress progress("compare near duplicates", pairs.size(), "pair");
  Pair last{0, 0};
  for (const Pair* pair = pairs.next(); pair != nullptr;) {
    candidates.clear();
    for (; pair != nullptr && candidates.size() < kPairsAtOnce; pair = pairs.next()) {
      progress.add(1);
      if (*pair == last) continue;
      last = *pair;
      const std::uint32_t first = index_of(pair->first), second = index_of(pair->second);
      if (root_of(first) != root_of(second)) candidates.push_back({first, second});
    }
    pool_->run(static_cast<std::int64_t>(candidates.size()), check);
    for (const Candidate& candidate : candidates) {
      if (candidate.similar) connect(candidate.first, candidate.second);
    }
  }
}

void NearDuplicates::choose_survivors() {
  survivor_.resize(ordinals_.size());
  for (std::uint32_t i = 0; i < ordinals_.size(); ++i) {
    const std::uint32_t root = parent_[i] = root_of(i);  // the lowest of its cluster: seen before
    if (root == i || ranks_[i] < ranks_[survivor_[root]]) survivor_[root] = i;
  }
}

std::uint32_t NearDuplicates::index_of(std::uint64_t ordinal) const {
  const auto at = std::lower_bound(ordinals_.begin(), ordinals_.end(), ordinal);
  return static_cast<std::uint32_t>(at - ordinals_.begin());
}

std::uint32_t NearDuplicates::root_of(std::uint32_t index) {
  while (parent_[index] != index) index = parent_[index] = parent_[parent_[index]];
  return index;
}

// The lower root stays one, so that the outcome does not depend on the order of pairs.
void NearDuplicates::connect(std::uint32_t a, std::uint32_t b) {
  a = root_of(a);
  b = root_of(b);
  if (a != b) parent_[std::max(a, b)] = std::min(a, b);
}

void NearDuplicates::for_each_duplicate(
    const std::function<void(std::uint64_t, std::uint64_t)>& visit) const {
  for (std::size_t i = 0; i < ordinals_.size(); ++i) {
    const std::uint32_t survivor = survivor_[parent_[i]];
    if (survivor != i) visit(ordinals_[i], ordinals_[survivor]);
  }
}

void NearDuplicates::for_each_cluster(const std::function<void(const NearCluster&)>& visit) const {
  std::vector<std::uint32_t> order(ordinals_.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [this](std::uint32_t a, std::uint32_t b) {
    return std::pair(parent_[a], a) < std::pair(parent_[b], b);
  });
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    NearCluster cluster;
    cluster.survivor = ordinals_[survivor_[parent_[order[begin]]]];
    for (; end < order.size() && parent_[order[end]] == parent_[order[begin]]; ++end) {
      cluster.members.push_back(ordinals_[order[end]]);
    }
    if (cluster.members.size() > 1) visit(cluster);
  }
}

}  // namespace lucie
