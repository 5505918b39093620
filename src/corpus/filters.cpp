#include "corpus/filters.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/log.h"
#include "base/thread_pool.h"
#include "corpus/language.h"
#include "corpus/text_repair.h"

namespace lucie {

namespace {

std::uint64_t min_characters_of(const Document& document, const FilterSettings& settings) {
  const auto min = static_cast<std::uint64_t>(settings.min_characters);
  return is_aligned(document) ? min / 10 : min;
}

void drop_if_short(Candidate& candidate, const FilterSettings& settings, const char* step,
                   const char* why) {
  const std::uint64_t characters = count_characters(candidate.document.text);
  if (characters < min_characters_of(candidate.document, settings)) candidate.drop(step, why);
}

void repair(Candidate& candidate) {
  RepairedText repaired = repair_text(candidate.document.text);
  candidate.invalid_bytes = repaired.invalid;
  candidate.controls = repaired.controls;
  candidate.document.text = std::move(repaired.text);
  // One stray byte in a hundred characters is damage; more is another encoding or no text.
  if (repaired.invalid * 100 > repaired.characters) candidate.drop("unicode", "not UTF-8");
}

// A document that nobody gave a language ("und" when it cannot be told either) gets the one it
// looks like; one that looks like another than it says is dropped.
void check_declared_language(Candidate& candidate, const FilterSettings& settings) {
  Document& document = candidate.document;
  if (is_code(document) || is_aligned(document)) return;
  if (document.language.empty()) {
    const std::string found = check_language(document.text, "").looks_like;
    document.language = found.empty() ? "und" : found;
    return;
  }
  if (!settings.check_language) return;
  const LanguageCheck check = check_language(document.text, document.language);
  if (!check.matches) {
    candidate.drop("language", "said " + document.language + ", looks " + check.looks_like);
  }
}

void filter_alone(std::vector<Candidate>& candidates, const FilterSettings& settings,
                  ThreadPool& pool) {
  Progress progress("filter documents", candidates.size(), "doc");
  constexpr std::size_t kBatch = 64;
  const std::size_t batches = (candidates.size() + kBatch - 1) / kBatch;
  pool.run(static_cast<std::int64_t>(batches), [&](std::int64_t batch, int) {
    const std::size_t begin = static_cast<std::size_t>(batch) * kBatch;
    for (std::size_t i = begin; i < std::min(begin + kBatch, candidates.size()); ++i) {
      Candidate& candidate = candidates[i];
      if (!candidate.kept()) continue;
      candidate.bytes_read = candidate.document.text.size();
      repair(candidate);
      if (candidate.kept()) check_declared_language(candidate, settings);
      if (candidate.kept()) drop_if_short(candidate, settings, "length", "too short");
    }
  });
  progress.add(candidates.size());
}

// Documentation packages ship most texts as HTML and once more as plain text, often under another
// cut (a file per chapter, one file for the book). A plain text whose words mostly stand in the
// HTML pages of its source is that second form; HTML is kept, since its paragraphs are whole.
void keep_one_form(std::vector<Candidate>& candidates, ThreadPool& pool) {
  struct Forms {
    std::vector<Candidate*> html, text;
  };
  std::map<std::pair<std::string, std::string>, Forms> by_source;
  for (Candidate& candidate : candidates) {
    if (!candidate.kept()) continue;
    const Document& document = candidate.document;
    if (document.format != "html" && document.format != "text") continue;
    Forms& forms = by_source[{document.source, document.language}];
    (document.format == "html" ? forms.html : forms.text).push_back(&candidate);
  }
  std::vector<Forms*> both;
  for (auto& [key, forms] : by_source) {
    if (!forms.html.empty() && !forms.text.empty()) both.push_back(&forms);
  }
  pool.run(static_cast<std::int64_t>(both.size()), [&](std::int64_t index, int) {
    const Forms& forms = *both[static_cast<std::size_t>(index)];
    Containment pages;
    for (const Candidate* page : forms.html) pages.add(page->document.text);
    for (Candidate* text : forms.text) {
      if (pages.share_of(text->document.text) >= 0.5) {
        text->drop("form", "plain text of pages kept as HTML");
      }
    }
  });
}

void drop_duplicates(std::vector<Candidate>& candidates) {
  HashSet seen;
  for (Candidate& candidate : candidates) {
    if (!candidate.kept()) continue;
    if (!seen.insert(normalized_hash(candidate.document.text)).second) {
      candidate.drop("document", "same text as an earlier document");
    }
  }
}

// Code repeats licences and idioms, aligned pairs repeat their pages: both stay whole.
void drop_repeated_paragraphs(std::vector<Candidate>& candidates, const FilterSettings& settings) {
  ParagraphDedup dedup(static_cast<std::uint64_t>(settings.min_paragraph));
  Progress progress("deduplicate paragraphs", candidates.size(), "doc");
  for (Candidate& candidate : candidates) {
    progress.add(1);
    Document& document = candidate.document;
    if (!candidate.kept() || is_code(document) || is_aligned(document)) continue;
    document.text = dedup.keep_new(document.text, &candidate.paragraphs);
    if (candidate.paragraphs.units == 0) continue;
    drop_if_short(candidate, settings, "paragraph", "too short without repeated paragraphs");
  }
}

void split_holdout(std::vector<Candidate>& candidates, const FilterSettings& settings) {
  std::set<std::string> pages;
  for (const Candidate& candidate : candidates) {
    if (candidate.kept()) pages.insert(candidate.document.page);
  }
  const double share = holdout_share_of(pages, settings.seed, settings.holdout_share);
  TrainingLines training;
  for (Candidate& candidate : candidates) {
    if (!candidate.kept()) continue;
    candidate.held_out = is_held_out(candidate.document.page, settings.seed, share);
    if (!candidate.held_out && share > 0) training.add(candidate.document.text);
  }
  for (Candidate& candidate : candidates) {
    if (!candidate.kept() || !candidate.held_out) continue;
    Document& document = candidate.document;
    candidate.bytes_held_out = document.text.size();
    document.text =
        training.without_known(document.text, is_code(document), &candidate.known_lines);
    if (candidate.known_lines.removed.units == 0) continue;
    drop_if_short(candidate, settings, "holdout", "too short without lines known from training");
  }
}

void finish(std::vector<Candidate>& candidates, ThreadPool& pool) {
  pool.run(static_cast<std::int64_t>(candidates.size()), [&](std::int64_t i, int) {
    Candidate& candidate = candidates[static_cast<std::size_t>(i)];
    if (candidate.kept()) candidate.document.hash = text_hash(candidate.document.text);
  });
}

}  // namespace

void Candidate::drop(const char* step, std::string why) {
  dropped_by = step;
  reason = std::move(why);
  document.text = std::string();
}

void filter_documents(std::vector<Candidate>& candidates, const FilterSettings& settings,
                      ThreadPool& pool) {
  filter_alone(candidates, settings, pool);
  if (settings.dedup_documents) {
    keep_one_form(candidates, pool);
    drop_duplicates(candidates);
  }
  if (settings.dedup_paragraphs) drop_repeated_paragraphs(candidates, settings);
  split_holdout(candidates, settings);
  finish(candidates, pool);
}

bool is_code(const Document& document) {
  return document.language == "code";
}
bool is_aligned(const Document& document) {
  return is_aligned_language(document.language);
}

}  // namespace lucie
