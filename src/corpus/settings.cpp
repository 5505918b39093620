// The corpus part of a recipe -> CorpusSettings (build.h).
#include "base/error.h"
#include "base/text.h"
#include "corpus/build.h"

namespace lucie {

namespace {

// More than one document can have in a Parquet row or a line.
constexpr std::int64_t kMostDocumentBytes = 256 << 20;

// The order always decides in the end, so `prefer: [licence]` says the same as [licence, order].
void read_preference(const Json& prefer, FilterSettings* filters) {
  for (const Json& name : prefer.items()) {
    if (name.as_string() == "licence") {
      filters->prefer_open_licence = true;
    } else if (name.as_string() != "order") {
      fail(ErrorCode::kInvalidArgument, "corpus.dedup.prefer knows no '" + name.as_string() + "'",
           name.place(), "licence, order, or both");
    }
  }
  if (prefer.size() == 2 && prefer.at(0).as_string() == "order") {
    fail(ErrorCode::kInvalidArgument, "corpus.dedup.prefer: no two documents have one place",
         prefer.place(), "put licence before order");
  }
}

void read_dedup(const Json& dedup, FilterSettings* filters) {
  refuse_unknown_keys(dedup, {"exact", "url", "near", "prefer"}, "corpus.dedup");
  const std::string exact = dedup.get("exact", "paragraph");
  if (exact != "paragraph" && exact != "document" && exact != "none") {
    fail(ErrorCode::kInvalidArgument, "corpus.dedup.exact is '" + exact + "'", dedup.place(),
         "one of paragraph, document, none");
  }
  filters->dedup_documents = exact != "none";
  filters->dedup_paragraphs = exact == "paragraph";
  filters->dedup_urls = dedup.get("url", false);
  const Json* near = dedup.find("near");
  const bool asked = near != nullptr && !near->is_null() && *near != Json(false);
  if (asked) filters->dedup_near = NearSettings::from_json(*near);
  if (const Json* prefer = dedup.find("prefer")) read_preference(*prefer, filters);
}

void read_holdout(const Json& holdout, FilterSettings* filters) {
  refuse_unknown_keys(holdout, {"by", "share"}, "corpus.holdout");
  if (holdout.get("by", "page") != "page") {
    fail(ErrorCode::kInvalidArgument, "corpus.holdout.by can only be page", holdout.place(),
         "a split by document leaks: translations and copies of a page stand on both sides");
  }
  filters->holdout_share = holdout.get("share", filters->holdout_share);
  if (!(filters->holdout_share >= 0 && filters->holdout_share < 1)) {
    fail(ErrorCode::kInvalidArgument, "corpus.holdout.share is not between 0 and 1",
         holdout.place(), "for example 0.01");
  }
}

void read_damage(const Json& corpus, CorpusSettings* settings) {
  const std::string on_damage = corpus.get("on_damage", "continue");
  if (on_damage != "continue" && on_damage != "stop") {
    fail(ErrorCode::kInvalidArgument, "corpus.on_damage is '" + on_damage + "'", corpus.place(),
         "one of continue, stop");
  }
  settings->stop_on_damage = on_damage == "stop";
  const std::int64_t most = corpus.get("max_document", std::int64_t{kMaxDocumentBytes});
  if (most < 1 || most > kMostDocumentBytes) {
    fail(ErrorCode::kInvalidArgument, "corpus.max_document is not between 1 and 256 MiB",
         corpus.place(), "bytes, for example 67108864");
  }
  for (SourceSpec& spec : settings->sources) {
    spec.max_document = static_cast<std::uint64_t>(most);
  }
}

void read_corpus(const Json& corpus, CorpusSettings* settings) {
  std::vector<std::string> known{
      "dedup",       "holdout",   "min_characters", "min_paragraph", "check_language",
      "description", "on_damage", "max_document",   "memory",        "decontaminate"};
  known.insert(known.end(), asked_step_keys().begin(), asked_step_keys().end());
  refuse_unknown_keys(corpus, known, "corpus");
  read_damage(corpus, settings);
  FilterSettings& filters = settings->filters;
  if (const Json* dedup = corpus.find("dedup")) read_dedup(*dedup, &filters);
  if (const Json* holdout = corpus.find("holdout")) read_holdout(*holdout, &filters);
  if (const Json* sets = corpus.find("decontaminate"); sets != nullptr && !sets->is_null()) {
    settings->decontaminate = DecontaminationSettings::from_json(*sets);
  }
  filters.min_characters = corpus.get("min_characters", filters.min_characters);
  filters.min_paragraph = corpus.get("min_paragraph", filters.min_paragraph);
  if (filters.min_characters < 0 || filters.min_paragraph < 0) {
    fail(ErrorCode::kInvalidArgument, "lengths of the corpus cannot be negative", corpus.place());
  }
  filters.check_language = corpus.get("check_language", filters.check_language);
  settings->description = corpus.get("description", "");
  if (const Json* memory = corpus.find("memory")) {
    settings->memory =
        corpus_memory(memory->is_string() ? memory->as_string() : memory->dump(), memory->place());
  }
}

// Of the recipe what changes the corpus.
Json relevant_part(const Json& recipe) {
  Json part = Json::object();
  for (const char* key : {"sources", "corpus", "seed"}) {
    if (const Json* value = recipe.find(key)) part[key] = *value;
  }
  if (part.find("corpus") != nullptr && part["corpus"].is_object()) part["corpus"].erase("memory");
  if (const Json* corpus = recipe.find("corpus")) {
    Json hashes = hashes_of_named_files(*corpus);
    if (!hashes.is_null()) part["files"] = std::move(hashes);
  }
  return part;
}

// Where a recipe names files and folders that a build reads.
std::vector<Json*> named_paths(Json* recipe) {
  std::vector<Json*> paths;
  const auto add = [&](Json* entries) {
    if (!entries->is_array()) return;
    for (Json& entry : entries->items()) {
      if (entry.find("path") != nullptr) paths.push_back(&entry["path"]);
    }
  };
  if (recipe->find("sources") != nullptr) add(&(*recipe)["sources"]);
  if (recipe->find("corpus") == nullptr) return paths;
  Json& corpus = (*recipe)["corpus"];
  if (corpus.find("decontaminate") != nullptr) {
    Json& sets = corpus["decontaminate"];
    add(sets.find("sets") == nullptr ? &sets : &sets["sets"]);
  }
  const std::vector<Json*> files = named_files(&corpus);
  paths.insert(paths.end(), files.begin(), files.end());
  return paths;
}

}  // namespace

std::uint64_t corpus_memory(const std::string& text, const std::string& place) {
  constexpr std::uint64_t kLeast = 1'000'000;
  const std::optional<std::uint64_t> bytes = parse_bytes(text);
  if (!bytes || *bytes < kLeast) {
    fail(ErrorCode::kInvalidArgument, "'" + text + "' is no amount of memory", place,
         "for example 2GB; 1MB at least");
  }
  return *bytes;
}

CorpusSettings CorpusSettings::from_recipe(const Json& recipe) {
  CorpusSettings settings;
  settings.filters.seed = static_cast<std::uint64_t>(recipe.get("seed", 42));
  const Json& sources = recipe.at("sources");
  settings.registry = SourceRegistry::from_json(sources);
  for (const Json& entry : sources.items())
    settings.sources.push_back(source_spec_from_json(entry));
  if (const Json* corpus = recipe.find("corpus"); corpus != nullptr && !corpus->is_null()) {
    read_corpus(*corpus, &settings);
  }
  settings.filters.asked = AskedSteps::from_recipe(recipe);
  settings.recipe = relevant_part(recipe);
  return settings;
}

CorpusSettings CorpusSettings::from_foreign_recipe(Json recipe, const fs::path& folder) {
  for (Json* path : named_paths(&recipe)) {
    const std::string named = path->is_string() ? path->as_string() : "";
    if (named.empty()) continue;  // refused as any recipe's, where it matters
    if (!stays_inside(named) || named.starts_with('~')) {
      fail(ErrorCode::kCorrupt, "the recipe's path leads out of the data folder: " + named,
           path->place());
    }
    const std::string place = path->place();
    *path = (fs::absolute(folder) / named).string();
    path->set_place(place);
  }
  return from_recipe(recipe);
}

}  // namespace lucie
