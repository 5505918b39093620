#include "corpus/filters.h"

#include "corpus/language.h"
#include "corpus/text_repair.h"

namespace lucie {

namespace {

void repair(Candidate& candidate, const FilterSettings&) {
  RepairedText repaired = repair_text(candidate.document.text);
  candidate.changes.add("invalid_bytes", repaired.invalid);
  candidate.changes.add("control_characters", repaired.controls);
  candidate.document.text = std::move(repaired.text);
  // One stray byte in a hundred characters is damage; more is another encoding or no text.
  if (repaired.invalid * 100 > repaired.characters) candidate.drop("unicode", "not UTF-8");
}

// A document that nobody gave a language ("und" when it cannot be told either) gets the one it
// looks like; one that looks like another than it says is dropped.
void check_declared_language(Candidate& candidate, const FilterSettings& settings) {
  Document& document = candidate.document;
  if (is_code(document) || is_aligned(document)) return;
  if (settings.asked->language_model) {
    check_language_by_model(candidate, *settings.asked, settings.check_language);
    return;
  }
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

void check_length(Candidate& candidate, const FilterSettings& settings) {
  drop_if_short(candidate, settings, "length", "too short");
}

// A step of asked_steps.h as a row of the table.
template <void (*Step)(Candidate&, const AskedSteps&)>
void asked(Candidate& candidate, const FilterSettings& settings) {
  Step(candidate, *settings.asked);
}

constexpr DocumentStep kSteps[] = {
    {"unicode", repair},
    {"opt_out", asked<leave_out_refused>},
    {"licence", asked<filter_licence>},
    {"public_domain", asked<check_public_domain>},
    {"language", check_declared_language},
    {"quality", asked<judge_quality>},
    {"perplexity", asked<judge_perplexity>},
    {"personal_data", asked<replace_personal>},
    {"length", check_length},
};

}  // namespace

std::span<const DocumentStep> document_steps() {
  return kSteps;
}

void filter_alone(Candidate& candidate, const FilterSettings& settings) {
  for (const DocumentStep& step : kSteps) {
    if (!candidate.kept()) return;
    step.apply(candidate, settings);
  }
}

void drop_if_short(Candidate& candidate, const FilterSettings& settings, const char* step,
                   const char* why) {
  const auto min = static_cast<std::uint64_t>(settings.min_characters);
  const std::uint64_t needed = is_aligned(candidate.document) ? min / 10 : min;
  if (count_characters(candidate.document.text) < needed) candidate.drop(step, why);
}

}  // namespace lucie
