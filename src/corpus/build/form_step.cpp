#include "corpus/build/form_step.h"

#include <map>

#include "corpus/build/candidate_file.h"
#include "corpus/build/features.h"
#include "corpus/dedup.h"

namespace lucie {

namespace {

struct Forms {
  std::uint64_t html = 0, text = 0;  // bytes
};

// Of HTML a hash of 16 bytes in the table stands for some 20 bytes of text, at worst.
constexpr std::uint64_t kTextPerKey = 20, kBytesPerKey = 32;

class SourceForms {
 public:
  SourceForms(const BuildContext& build, std::size_t source, std::map<std::string, Forms> forms)
      : build_(build), source_(source) {
    for (const auto& [language, bytes] : forms) {
      if (bytes.html == 0 || bytes.text == 0) continue;
      languages_.try_emplace(language);
      html_ += bytes.html;
    }
  }

  // As many rounds over the source as its hashes need memory; each looks at its part of them.
  Json find_texts(std::uint64_t memory, const fs::path& path) {
    const std::uint64_t needed = html_ / kTextPerKey * kBytesPerKey;
    rounds_ = static_cast<std::uint32_t>(needed / std::max<std::uint64_t>(memory, 1) + 1);
    for (std::uint32_t round = 0; round < rounds_; ++round) {
      for (auto& [language, pages] : languages_) pages = Containment(round, rounds_);
      visit("html", [&](std::uint64_t, const Document& document) {
        languages_.at(document.language).add(document.text);
      });
      visit("text", [&](std::uint64_t ordinal, const Document& document) {
        languages_.at(document.language).count(document.text, &shares_[ordinal]);
      });
    }
    RecordWriter<Drop> writer(path);
    for (const auto& [ordinal, share] : shares_) {
      if (2 * share.found >= share.all && share.all > 0) {
        writer.write({ordinal, kNoDocument, kForm});
      }
    }
    writer.commit();
    Json result = Json::object();
    result["records"] = writer.records();
    return result;
  }

 private:
  template <typename Visit>
  void visit(const char* format, Visit take) {
    for (std::size_t shard = 0; shard < build_.plan.shards.size(); ++shard) {
      if (build_.plan.shards[shard].source != source_) continue;
      check_cancelled();
      CandidateReader reader(build_.shard_file("read", shard, ".candidates"));
      Candidate candidate;
      for (std::uint64_t index = 0; reader.next(&candidate); ++index) {
        const Document& document = candidate.document;
        if (!candidate.kept() || document.format != format) continue;
        if (languages_.contains(document.language)) take(ordinal_of(shard, index), document);
      }
    }
  }

  const BuildContext& build_;
  std::size_t source_;
  std::uint64_t html_ = 0;
  std::uint32_t rounds_ = 1;
  std::map<std::string, Containment> languages_;
  std::map<std::uint64_t, Containment::Share> shares_;  // of plain texts, by ordinal
};

}  // namespace

std::vector<fs::path> run_form_step(const BuildContext& build, const std::vector<Json>& read) {
  std::map<std::size_t, std::map<std::string, Forms>> by_source;
  for (std::size_t shard = 0; shard < read.size(); ++shard) {
    for (const auto& [language, bytes] : read[shard].at("forms").members()) {
      Forms& forms = by_source[build.plan.shards[shard].source][language];
      forms.html += count_in(bytes, "html");
      forms.text += count_in(bytes, "text");
    }
  }
  std::vector<std::size_t> sources;
  std::vector<std::string> names;
  std::vector<fs::path> files;
  for (const auto& [source, languages] : by_source) {
    bool both = false;
    for (const auto& [language, forms] : languages) both |= forms.html > 0 && forms.text > 0;
    if (!both) continue;
    sources.push_back(source);
    names.push_back("compare/form-" + shard_name(source));
    files.push_back(build.work / (names.back() + ".drops"));
  }
  const std::uint64_t memory = build.memory / 2 / static_cast<std::uint64_t>(build.pool.size());
  build.work.run(names, &build.pool, [&](std::size_t i) {
    return SourceForms(build, sources[i], by_source.at(sources[i])).find_texts(memory, files[i]);
  });
  return files;
}

}  // namespace lucie
