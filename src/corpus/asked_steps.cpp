#include "corpus/asked_steps.h"

#include <cstdio>

#include "corpus/quality/judge.h"
#include "tokenizer/unicode.h"

namespace lucie {

namespace {

constexpr std::size_t kLanguageBytes = 65536;  // more of a text hardly changes its language

std::string compared(double value, double limit) {
  char text[64];
  std::snprintf(text, sizeof text, "%.6g %c %.6g", value, value < limit ? '<' : '>', limit);
  return text;
}

bool is_web_text(const Document& document, const AskedSteps& asked) {
  return asked.web_sources.contains(document.source) && !is_code(document);
}

}  // namespace

void leave_out_refused(Candidate& candidate, const AskedSteps& asked) {
  const std::string reason = asked.opt_out.reason_for(candidate.document.url);
  if (!reason.empty()) candidate.drop("opt_out", reason);
}

void filter_licence(Candidate& candidate, const AskedSteps& asked) {
  if (!asked.licences || asked.licences->lets_in(candidate.document.licence)) return;
  candidate.drop("licence", "not let in: " + candidate.document.licence);
}

void check_public_domain(Candidate& candidate, const AskedSteps& asked) {
  if (!asked.public_domain) return;
  const Document& document = candidate.document;
  const std::string reason = not_in_public_domain(document.source, document.author_died,
                                                  document.created, *asked.public_domain);
  if (!reason.empty()) candidate.drop("public_domain", reason);
}

void check_language_by_model(Candidate& candidate, const AskedSteps& asked, bool drop_others) {
  Document& document = candidate.document;
  std::string_view text = document.text;
  if (text.size() > kLanguageBytes) {  // not at a space: many scripts have none
    text = text.substr(0, unicode::previous_char(text, kLanguageBytes));
  }
  const auto guesses = asked.language_model->predict(text, 1);
  const bool is_sure = !guesses.empty() && guesses[0].probability >= asked.language_score;
  if (document.language.empty()) {
    document.language = is_sure ? std::string(guesses[0].label) : "und";
    return;
  }
  if (!drop_others || guesses.empty()) return;
  const double score = asked.language_model->probability_of(document.language, text);
  if (score >= asked.language_score) return;
  candidate.measured = compared(score, asked.language_score);
  candidate.drop("language",
                 "said " + document.language + ", looks " + std::string(guesses[0].label));
}

void judge_quality(Candidate& candidate, const AskedSteps& asked) {
  Document& document = candidate.document;
  if (!asked.quality || !is_web_text(document, asked)) return;
  const quality::Verdict verdict = quality::judge(document.text, document.language, *asked.quality);
  candidate.changes.add("lines_removed", verdict.lines_removed);
  if (verdict.kept()) return;
  candidate.measured = verdict.comparison();
  candidate.drop("quality", std::string(verdict.broken->name));
}

void judge_perplexity(Candidate& candidate, const AskedSteps& asked) {
  const Document& document = candidate.document;
  const auto rule = asked.perplexity.find(document.language);
  if (rule == asked.perplexity.end() || !is_web_text(document, asked)) return;
  const TextModel::Reading reading = rule->second.model->read(document.text);
  const auto check = [&](const char* what, double value, double min, double max) {
    if (!candidate.kept() || (value >= min && value <= max)) return;
    candidate.measured = compared(value, value < min ? min : max);
    candidate.drop("perplexity", what);
  };
  check("perplexity", reading.perplexity(), rule->second.min, rule->second.max);
  check("known words", reading.known_share(), rule->second.min_known_words, 1);
}

void replace_personal(Candidate& candidate, const AskedSteps& asked) {
  Document& document = candidate.document;
  if (!asked.personal_data || (is_code(document) && !asked.personal_data->in_code)) return;
  PersonalDataCounts counts{};
  document.text =
      replace_personal_data(document.text, document.language, *asked.personal_data, &counts);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    candidate.changes.add("replaced_" + std::string(kPersonalKinds[i]), counts[i]);
  }
}

}  // namespace lucie
