// Near duplicates among any number of documents: band keys (minhash.h) are sorted on disk,
// documents that share one are candidates, and the clusters are what candidates connect, as in
// datatrove. With `verify`, only pairs whose n-gram sets overlap by that Jaccard index connect.
//
// The result is a function of the documents alone: not of memory, threads or the order of adding.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/external_sort.h"
#include "base/json.h"
#include "corpus/minhash.h"

namespace lucie {

struct NearSettings {
  MinHashSettings minhash;
  double verify = 0;  // Jaccard index that a pair must have; 0: the bands alone decide

  // `corpus.dedup.near`: {bands, rows, ngram, seed, hash: xxh64|sha1, verify}, or true for the
  // defaults.
  static NearSettings from_json(const Json& near);
};

struct NearCluster {
  std::uint64_t survivor = 0;
  std::vector<std::uint64_t> members;  // rising, with the survivor; two at least
};

class NearDuplicates {
 public:
  // Called with the index of an ordinal in the list asked for and its text; from any thread.
  using TakeText = std::function<void(std::size_t index, std::string_view text)>;
  // Gives the texts of documents, whose ordinals rise, to `take`: each once, in any order.
  using Texts = std::function<void(std::span<const std::uint64_t> ordinals, const TakeText& take)>;

  // About `memory` bytes are used, files go to `folder`, which exists. More documents with near
  // duplicates than half of it has room for, at 40 bytes each (72 with `verify`), are kOutOfMemory.
  NearDuplicates(const NearSettings& settings, const fs::path& folder, std::uint64_t memory,
                 ThreadPool& pool);

  // Of the documents of a cluster the one of the lowest rank survives, among equals the one of the
  // lowest ordinal. `band_keys` of MinHasher; none for a text too short to be compared.
  void add(std::uint64_t ordinal, std::uint32_t rank, std::span<const std::uint64_t> band_keys);

  // Once, after the last add(); `texts` is asked when settings.verify is not 0.
  void find(const Texts& texts = {});

  // After find(), by rising ordinal: every document that does not survive.
  void for_each_duplicate(
      const std::function<void(std::uint64_t ordinal, std::uint64_t survivor)>& visit) const;
  // After find(), by lowest member.
  void for_each_cluster(const std::function<void(const NearCluster&)>& visit) const;

 private:
  struct BandEntry {
    std::uint64_t key, ordinal, rank;
    std::uint64_t sort_key() const { return key; }
    auto operator<=>(const BandEntry&) const = default;
  };
  struct Member {
    std::uint64_t ordinal, rank;
    std::uint64_t sort_key() const { return ordinal; }
    auto operator<=>(const Member&) const = default;
  };
  struct Pair {
    std::uint64_t first, second;  // ordinals
    std::uint64_t sort_key() const { return first; }
    auto operator<=>(const Pair&) const = default;
  };
  using Pairs = ExternalSort<Pair>;

  void collect(Pairs& pairs, ExternalSort<Member>& members);
  void list(ExternalSort<Member>& members);
  void connect_all(Pairs& pairs);
  void connect_verified(Pairs& pairs, const Texts& texts);
  void choose_survivors();
  std::uint32_t index_of(std::uint64_t ordinal) const;
  std::uint32_t root_of(std::uint32_t index);
  void connect(std::uint32_t a, std::uint32_t b);

  NearSettings settings_;
  fs::path folder_;
  std::uint64_t memory_;
  ThreadPool* pool_;
  std::unique_ptr<ExternalSort<BandEntry>> bands_;
  // Of the documents that are in a pair: ordinals, rising, and their ranks.
  std::vector<std::uint64_t> ordinals_;
  std::vector<std::uint32_t> ranks_;
  std::vector<std::uint32_t> parent_;    // union-find over indices of ordinals_; at last the root
  std::vector<std::uint32_t> survivor_;  // of the cluster of each root
};

}  // namespace lucie
