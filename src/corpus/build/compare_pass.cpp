#include "corpus/build/compare_pass.h"

#include <functional>
#include <optional>
#include <span>

#include "base/framed_file.h"
#include "corpus/build/candidate_file.h"
#include "corpus/build/features.h"
#include "corpus/build/form_step.h"

namespace lucie {

namespace {

// The order of preference in one number.
constexpr int kRankShift = 56;
std::uint64_t preference_of(const DocumentKeys& keys) {
  return keys.rank << kRankShift | keys.ordinal;
}
std::uint64_t ordinal_in(std::uint64_t preference) {
  return preference & ((std::uint64_t{1} << kRankShift) - 1);
}

struct Keyed {  // of equal keys the one of the lowest preference stays
  Hash128 key;
  std::uint64_t preference = 0, number = 0;
  std::uint64_t sort_key() const { return key.low; }
  auto operator<=>(const Keyed&) const = default;
};

// Calls visit(member, survivor) for each record but the first of its key.
void for_each_repeat(ExternalSort<Keyed>& sorted,
                     const std::function<void(const Keyed& repeat, const Keyed& first)>& visit) {
  Keyed first;
  bool any = false;
  while (const Keyed* record = sorted.next()) {
    if (any && record->key == first.key) {
      visit(*record, first);
    } else {
      first = *record;
      any = true;
    }
  }
}

template <typename T>
Json write_sorted(ExternalSort<T>& sorted, const fs::path& path) {
  RecordWriter<T> writer(path);
  while (const T* record = sorted.next()) writer.write(*record);
  writer.commit();
  Json result = Json::object();
  result["records"] = writer.records();
  return result;
}

class Comparing {
 public:
  Comparing(const BuildContext& build, const std::vector<Json>& read)
      : build_(build), read_(read) {}

  Comparisons run() {
    const FilterSettings& filters = build_.settings.filters;
    if (filters.dedup_documents) done_.drops = run_form_step(build_, read_);
    if (filters.dedup_urls) {
      drop_repeats(kUrl, [](const DocumentKeys& keys) { return keys.url; });
    }
    if (filters.dedup_documents) {
      drop_repeats(kText, [](const DocumentKeys& keys) { return keys.text; });
    }
    if (filters.dedup_near) drop_near(*filters.dedup_near);
    done_.cuts = file("paragraphs.cuts");
    build_.work.run_one("compare/paragraphs", [this] { return cut_repeated_paragraphs(); });
    return done_;
  }

 private:
  fs::path file(const std::string& name) const { return build_.work / ("compare/" + name); }

  // Visits what the read pass kept and no comparison has dropped so far.
  template <typename Visit>
  void for_each_document(Visit visit) {
    DropReader drops(done_.drops);
    Progress progress("compare documents", sum_of(read_, "kept"), "doc");
    for (std::size_t shard = 0; shard < read_.size(); ++shard) {
      check_cancelled();
      RecordReader<DocumentKeys> documents(build_.shard_file("read", shard, ".documents"));
      progress.add(documents.size());
      while (const DocumentKeys* keys = documents.next()) {
        if (drops.find(keys->ordinal) == nullptr) visit(shard, *keys);
      }
    }
  }

  void drop_repeats(Comparison comparison,
                    const std::function<Hash128(const DocumentKeys&)>& key_of) {
    const std::string step = kComparisons[comparison].step;
    const fs::path path = file(step + ".drops");
    build_.work.run_one("compare/" + step, [&] {
      const fs::path folder = file("");
      ExternalSort<Keyed> keys(folder, build_.memory / 2, build_.pool);
      for_each_document([&](std::size_t, const DocumentKeys& document) {
        keys.add({key_of(document), preference_of(document), 0});
      });
      ExternalSort<Drop> drops(folder, build_.memory / 4, build_.pool);
      for_each_repeat(keys, [&](const Keyed& repeat, const Keyed& first) {
        drops.add({ordinal_in(repeat.preference), ordinal_in(first.preference), comparison});
      });
      return write_sorted(drops, path);
    });
    done_.drops.push_back(path);
  }

  void drop_near(const NearSettings& settings) {
    const fs::path path = file("near.drops");
    build_.work.run_one("compare/near", [&] {
      NearDuplicates near(settings, file(""), build_.memory, build_.pool);
      std::optional<RecordReader<BandKey>> bands;
      std::size_t opened = read_.size();
      std::vector<std::uint64_t> keys;
      for_each_document([&](std::size_t shard, const DocumentKeys& document) {
        if (shard != opened) bands.emplace(build_.shard_file("read", shard, ".bands"));
        opened = shard;
        keys.clear();
        for (const BandKey* key = bands->peek(); key != nullptr && key->ordinal <= document.ordinal;
             key = bands->peek()) {
          if (key->ordinal == document.ordinal) keys.push_back(key->key);
          bands->next();
        }
        near.add(document.ordinal, static_cast<std::uint32_t>(document.rank), keys);
      });
      near.find([this](auto ordinals, const auto& take) { read_texts(ordinals, take); });
      RecordWriter<Drop> drops(path);
      near.for_each_duplicate([&](std::uint64_t ordinal, std::uint64_t survivor) {
        drops.write({ordinal, survivor, kNear});
      });
      drops.commit();
      Json result = Json::object();
      result["records"] = drops.records();
      return result;
    });
    done_.drops.push_back(path);
  }

  // The texts of documents, whose ordinals rise; shard by shard, each by one thread.
  void read_texts(std::span<const std::uint64_t> ordinals, const NearDuplicates::TakeText& take) {
    std::vector<std::size_t> first;  // of each shard that has some
    for (std::size_t i = 0; i < ordinals.size(); ++i) {
      if (i == 0 || shard_of(ordinals[i]) != shard_of(ordinals[i - 1])) first.push_back(i);
    }
    first.push_back(ordinals.size());
    build_.pool.run(static_cast<std::int64_t>(first.size()) - 1, [&](std::int64_t part, int) {
      std::size_t at = first[static_cast<std::size_t>(part)];
      const std::size_t end = first[static_cast<std::size_t>(part) + 1];
      const auto shard = static_cast<std::size_t>(shard_of(ordinals[at]));
      CandidateReader candidates(build_.shard_file("read", shard, ".candidates"));
      Candidate candidate;
      for (std::uint64_t index = 0; at < end && candidates.next(&candidate); ++index) {
        if (index == index_of(ordinals[at])) take(at++, candidate.document.text);
      }
    });
  }

  Json cut_repeated_paragraphs() {
    const fs::path folder = file("");
    ExternalSort<Keyed> keys(folder, build_.memory / 2, build_.pool);
    std::optional<RecordReader<ParagraphKey>> paragraphs;
    std::size_t opened = read_.size();
    for_each_document([&](std::size_t shard, const DocumentKeys& document) {
      if (shard != opened) paragraphs.emplace(build_.shard_file("read", shard, ".paragraphs"));
      opened = shard;
      for (const ParagraphKey* key = paragraphs->peek();
           key != nullptr && key->ordinal <= document.ordinal; key = paragraphs->peek()) {
        if (key->ordinal == document.ordinal) {
          keys.add({key->text, preference_of(document), key->number});
        }
        paragraphs->next();
      }
    });
    ExternalSort<Cut> cuts(folder, build_.memory / 4, build_.pool);
    for_each_repeat(keys, [&](const Keyed& repeat, const Keyed&) {
      cuts.add({ordinal_in(repeat.preference), repeat.number});
    });
    return write_sorted(cuts, done_.cuts);
  }

  const BuildContext& build_;
  const std::vector<Json>& read_;
  Comparisons done_;
};

struct Membership {
  std::uint64_t survivor = 0, comparison = 0, ordinal = 0;
  std::uint64_t sort_key() const { return survivor; }
  auto operator<=>(const Membership&) const = default;
};

// Lines of a cluster that has more members go on with the same `kept`.
constexpr std::size_t kMembersOfLine = 1000;

}  // namespace

Comparisons run_compare_pass(const BuildContext& build, const std::vector<Json>& read) {
  fs::create_directories(build.work / "compare");
  return Comparing(build, read).run();
}

void write_clusters(const BuildContext& build, const Comparisons& comparisons,
                    const std::vector<std::uint64_t>& first_number, const fs::path& path) {
  ExternalSort<Membership> members(build.work / "compare", build.memory / 2, build.pool);
  for (const fs::path& file : comparisons.drops) {
    RecordReader<Drop> drops(file);
    while (const Drop* drop = drops.next()) {
      if (drop->survivor == kNoDocument) continue;
      members.add({drop->survivor, drop->comparison, drop->ordinal});
    }
  }
  const auto number_of = [&](std::uint64_t ordinal) {
    return first_number[static_cast<std::size_t>(shard_of(ordinal))] + index_of(ordinal);
  };
  FramedWriter writer(path);
  Membership group;
  Json dropped = Json::array();
  const auto write_line = [&] {
    if (dropped.size() == 0) return;
    Json line = Json::object();
    line["step"] = kComparisons[group.comparison].step;
    line["kept"] = number_of(group.survivor);
    line["dropped"] = std::move(dropped);
    writer.write(line.dump() + "\n");
    dropped = Json::array();
  };
  while (const Membership* member = members.next()) {
    const bool same = member->survivor == group.survivor && member->comparison == group.comparison;
    if (!same || dropped.size() == kMembersOfLine) write_line();
    group = *member;
    dropped.push_back(number_of(member->ordinal));
  }
  write_line();
  writer.commit();
}

}  // namespace lucie
