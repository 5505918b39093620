// For tests only (model, infer, eval): a small decoder with random weights and a tokenizer made by
// hand, of bytes and a few words.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "base/test_files.h"
#include "model/decoder.h"
#include "model/placement.h"
#include "model/save.h"
#include "tokenizer/tokenizer.h"

namespace lucie::testing_model {

using testing_base::error_of;
using testing_base::Folder;

// Heads in groups, two layers, awkward widths.
inline ModelConfig small_config(bool tied = false) {
  ModelConfig c;
  c.hidden_size = 24;
  c.num_hidden_layers = 2;
  c.num_attention_heads = 6;
  c.num_key_value_heads = 2;
  c.head_dim = 4;
  c.intermediate_size = 40;
  c.vocab_size = 288;
  c.max_position_embeddings = 48;
  c.rope.dims = 4;
  c.attention_scale = 0.5;
  c.initializer_range = 0.3;  // large, so that logits differ clearly
  c.tie_word_embeddings = tied;
  return c;
}

inline Decoder small_model(Context& ctx, const ModelConfig& config = small_config()) {
  return Decoder(ctx, config, make_initial(ctx, config, 11, DType::kF32));
}

// <s>, </s>, <unk>, 256 bytes, then t h e s o p and th the st op stop: ids below 270.
inline Json small_tokenizer_json() {
  std::string vocabulary = R"("<s>": 0, "</s>": 1, "<unk>": 2)";
  std::string added;
  int id = 3;
  for (int byte = 0; byte < 256; ++byte) {
    char token[16];
    std::snprintf(token, sizeof token, "<0x%02X>", byte);
    vocabulary += ", \"" + std::string(token) + "\": " + std::to_string(id++);
  }
  for (const char* token : {"t", "h", "e", "s", "o", "p", "th", "the", "st", "op", "stop"}) {
    vocabulary += ", \"" + std::string(token) + "\": " + std::to_string(id++);
  }
  for (const char* token : {"<s>", "</s>", "<unk>"}) {
    added += std::string(added.empty() ? "" : ", ") + R"({"id": )" +
             std::to_string(added.empty()     ? 0
                            : token[1] == '/' ? 1
                                              : 2) +
             R"(, "content": ")" + token +
             R"(", "single_word": false, "lstrip": false, "rstrip": false, )"
             R"("normalized": false, "special": true})";
  }
  return parse_json(
      R"({"version": "1.0", "truncation": null, "padding": null, "added_tokens": [)" + added +
          R"(], "normalizer": null, "pre_tokenizer": null, "post_processor": )"
          R"({"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", )"
          R"("type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}], "pair": [], )"
          R"("special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}}}, )"
          R"("decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, )"
          R"({"type": "Fuse"}]}, "model": {"type": "BPE", "dropout": null, "unk_token": )"
          R"("<unk>", "continuing_subword_prefix": null, "end_of_word_suffix": null, )"
          R"("fuse_unk": true, "byte_fallback": true, "ignore_merges": false, "vocab": {)" +
          vocabulary +
          R"(}, "merges": [["t", "h"], ["th", "e"], ["s", "t"], ["o", "p"], ["st", "op"]]}})",
      "small tokenizer");
}

inline Tokenizer small_tokenizer() {
  const Json config = parse_json(R"({"bos_token": "<s>", "eos_token": "</s>"})", "small config");
  return Tokenizer::from_json(small_tokenizer_json(), config, "small tokenizer");
}

// Matrices of options.dtype where their rows are whole blocks, the rest in f32.
inline void save_plain_gguf(const fs::path& path, const ModelConfig& config,
                            const WeightValues& values, const Tokenizer* tokenizer,
                            SaveOptions options) {
  const std::vector<TensorSpec> table = family(config.architecture).tensors(config);
  for (const FileTensor& file : file_tensors(table, &TensorSpec::gguf)) {
    const bool fits = table[file.parts.front()].is_matrix() &&
                      file.shape.last() % dtype_info(options.dtype).block == 0;
    options.types.tensors.push_back(fits ? options.dtype : DType::kF32);
  }
  save_gguf(path, config, values, tokenizer, options);
}

}  // namespace lucie::testing_model
