#include "corpus/build/read_pass.h"

#include <map>
#include <optional>

#include "base/error.h"
#include "corpus/build/candidate_file.h"
#include "corpus/build/features.h"
#include "corpus/decontamination.h"
#include "corpus/dedup.h"
#include "corpus/licence.h"

namespace lucie {

namespace {

bool licence_is_known(const Document& document) {
  return !document.licence.empty() && document.licence != "NOASSERTION";
}

class ShardReading {
 public:
  // `hasher`: nullptr when near duplicates are not looked for.
  ShardReading(const BuildContext& build, const MinHasher* hasher, std::size_t shard)
      : settings_(build.settings),
        hasher_(hasher),
        evaluation_(build.evaluation),
        shard_(shard),
        source_(*settings_.registry.find(settings_.sources[build.plan.shards[shard].source].id)),
        candidates_(build.shard_file("read", shard, ".candidates")),
        documents_(build.shard_file("read", shard, ".documents")),
        paragraphs_(build.shard_file("read", shard, ".paragraphs")) {
    if (hasher != nullptr) bands_.emplace(build.shard_file("read", shard, ".bands"));
  }

  void take(Document&& document) {
    Candidate candidate;
    candidate.bytes_read = document.text.size();
    candidate.document = std::move(document);
    if (!licence_is_known(candidate.document) && !source_.accept_unknown_licence) {
      candidate.drop("licence", "licence unknown");
    }
    filter_alone(candidate, settings_.filters);
    if (candidate.kept() && evaluation_ != nullptr) decontaminate(candidate);
    if (candidate.kept()) write_features(candidate.document);
    add(candidate);
  }

  void skip(const SkippedFile& file) {
    if (file.damaged && settings_.stop_on_damage) {
      fail(ErrorCode::kCorrupt, "source '" + file.source + "' is damaged: " + file.reason, file.url,
           "get the file again, or go on without: corpus: {on_damage: continue}");
    }
    Candidate candidate;
    candidate.failed = file.damaged;
    candidate.document.source = file.source;
    candidate.document.url = file.url;
    candidate.drop("read", file.reason);
    add(candidate);
  }

  Json finish() {
    candidates_.commit();
    documents_.commit();
    paragraphs_.commit();
    if (bands_) bands_->commit();
    check_account("read", candidates_.size(), kept_ + dropped_ + failed_);
    Json result = Json::object();
    result["documents"] = candidates_.size();
    result["kept"] = kept_;
    result["dropped"] = dropped_;
    result["failed"] = failed_;
    result["bytes_read"] = bytes_read_;
    Json forms = Json::object();
    for (const auto& [language, bytes] : forms_) {
      forms[language]["html"] = bytes.html;
      forms[language]["text"] = bytes.text;
    }
    result["forms"] = std::move(forms);
    result["contaminated"] = std::move(contaminated_);
    return result;
  }

 private:
  struct Forms {
    std::uint64_t html = 0, text = 0;
  };

  void add(const Candidate& candidate) {
    candidates_.write(candidate);
    bytes_read_ += candidate.bytes_read;
    ++(candidate.kept() ? kept_ : candidate.failed ? failed_ : dropped_);
  }

  void decontaminate(Candidate& candidate) {
    const Contamination found = evaluation_->find(candidate.document.text);
    if (!found.found()) return;
    contaminated_.push_back(EvaluationIndex::record(candidate.document.id, found));
    if (!evaluation_->cuts_spans()) {
      candidate.drop("decontaminate", "words of " + evaluation_->name_of(found.hits.front()));
      return;
    }
    candidate.document.text = found.without_spans(candidate.document.text);
    candidate.changes.add("evaluation_spans", found.spans.size());
    drop_if_short(candidate, settings_.filters, "decontaminate",
                  "too short without words of evaluation sets");
  }

  void write_features(const Document& document) {
    const std::uint64_t ordinal = ordinal_of(shard_, candidates_.size());
    const FilterSettings& filters = settings_.filters;
    DocumentKeys keys;
    keys.ordinal = ordinal;
    if (filters.dedup_documents) keys.text = normalized_hash(document.text);
    if (filters.dedup_urls) keys.url = hash128(document.url);
    if (filters.prefer_open_licence) {
      keys.rank = static_cast<std::uint64_t>(licence_terms_of(document.licence).licence_class);
    }
    documents_.write(keys);
    if (bands_) {
      for (const std::uint64_t key : hasher_->band_keys(hasher_->signature(document.text))) {
        bands_->write({key, ordinal});
      }
    }
    if (document.format == "html") forms_[document.language].html += document.text.size();
    if (document.format == "text") forms_[document.language].text += document.text.size();
    if (!filters.dedup_paragraphs || is_code(document) || is_aligned(document)) return;
    for_each_paragraph(document.text, static_cast<std::uint64_t>(filters.min_paragraph),
                       [&](const Hash128& hash, std::uint32_t number) {
                         paragraphs_.write({hash, ordinal, number});
                       });
  }

  const CorpusSettings& settings_;
  const MinHasher* hasher_;
  const EvaluationIndex* evaluation_;
  std::size_t shard_;
  const Source& source_;
  CandidateWriter candidates_;
  RecordWriter<DocumentKeys> documents_;
  RecordWriter<ParagraphKey> paragraphs_;
  std::optional<RecordWriter<BandKey>> bands_;
  Json contaminated_ = Json::array();
  std::uint64_t kept_ = 0, dropped_ = 0, failed_ = 0, bytes_read_ = 0;
  std::map<std::string, Forms> forms_;
};

}  // namespace

std::vector<Json> run_read_pass(const BuildContext& build) {
  std::optional<MinHasher> hasher;
  const std::optional<NearSettings>& near = build.settings.filters.dedup_near;
  if (near) hasher.emplace(near->minhash);
  return for_each_shard(build, "read", "read sources", [&](std::size_t shard) {
    ShardReading reading(build, hasher ? &*hasher : nullptr, shard);
    read_shard(
        build.settings, build.plan.shards[shard], build.data_dir,
        [&](Document&& document) { reading.take(std::move(document)); },
        [&](const SkippedFile& file) { reading.skip(file); });
    return reading.finish();
  });
}

}  // namespace lucie
