// The steps on one document that a recipe asks for and that are off otherwise: opt-out lists, the
// licence filter, dates of the public domain, web quality and perplexity, personal data. The
// modules beside this one do the work; here stands what the recipe chose, and the rows of the table
// in filters.cpp that call them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/candidate.h"
#include "corpus/fasttext.h"
#include "corpus/licence_filter.h"
#include "corpus/opt_out.h"
#include "corpus/personal_data/personal_data.h"
#include "corpus/public_domain.h"
#include "corpus/quality/rules.h"
#include "corpus/text_model.h"

namespace lucie {

struct PerplexityRule {  // of one language
  std::shared_ptr<const TextModel> model;
  double min = 0, max = 0;     // perplexity of a word
  double min_known_words = 0;  // share
};

struct AskedSteps {
  OptOutSettings opt_out;
  std::optional<LicenceFilter> licences;
  std::optional<PublicDomainSettings> public_domain;
  std::optional<quality::Settings> quality;
  std::map<std::string, PerplexityRule, std::less<>> perplexity;
  std::set<std::string, std::less<>> web_sources;  // to which quality and perplexity apply
  std::optional<PersonalDataSettings> personal_data;
  std::shared_ptr<const FastTextModel> language_model;  // instead of CLD2
  double language_score = 0.65;                         // least probability of the language

  // Of the recipe's `corpus` section, `sources` and `seed`. Files that are named are read at once.
  static std::shared_ptr<const AskedSteps> from_recipe(const Json& recipe);
};

// Keys of the section that are read here.
const std::vector<std::string>& asked_step_keys();
// Where a corpus section names files for these steps.
std::vector<Json*> named_files(Json* corpus);
// {path: SHA-256} of them; null for none.
Json hashes_of_named_files(const Json& corpus);

void leave_out_refused(Candidate& candidate, const AskedSteps& asked);
void filter_licence(Candidate& candidate, const AskedSteps& asked);
void check_public_domain(Candidate& candidate, const AskedSteps& asked);
// The language by the model, as filters.h does it by CLD2.
void check_language_by_model(Candidate& candidate, const AskedSteps& asked, bool drop_others);
void judge_quality(Candidate& candidate, const AskedSteps& asked);
void judge_perplexity(Candidate& candidate, const AskedSteps& asked);
void replace_personal(Candidate& candidate, const AskedSteps& asked);

}  // namespace lucie
