#include "tokenizer/bpe_trainer_model.h"

#include "tokenizer/trainer_design.h"

namespace lucie::bpe {

Json model_json(const Learned& learned, const ModelFlags& flags) {
  Json::Object vocabulary;
  vocabulary.reserve(learned.vocabulary.size());
  for (std::size_t id = 0; id < learned.vocabulary.size(); ++id) {
    vocabulary.emplace_back(learned.vocabulary[id], static_cast<std::int64_t>(id));
  }
  Json::Array rows;
  for (const auto* merges : {&learned.merges, &flags.extra}) {
    for (const auto& [left, right] : *merges) {
      rows.push_back(Json::Array{Json(learned.vocabulary[left]), Json(learned.vocabulary[right])});
    }
  }
  return Json::Object{{"type", "BPE"},
                      {"dropout", Json()},
                      {"unk_token", flags.byte_fallback ? Json(training::kUnknown) : Json()},
                      {"continuing_subword_prefix", Json()},
                      {"end_of_word_suffix", Json()},
                      {"fuse_unk", flags.byte_fallback},
                      {"byte_fallback", flags.byte_fallback},
                      {"ignore_merges", false},
                      {"vocab", std::move(vocabulary)},
                      {"merges", std::move(rows)}};
}

}  // namespace lucie::bpe
