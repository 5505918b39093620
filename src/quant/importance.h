// How much the error of each column of a model's matrices counts: the mean square of what a
// calibration text puts into it. What llama.cpp calls an importance matrix, in its two file forms
// (docs/formats/imatrix.md).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "model/decoder.h"
#include "model/save.h"
#include "quant/file_types.h"

namespace lucie {

struct ImportanceMatrix {
  struct Entry {
    std::vector<float> sums;  // of squares, by column
    float count = 0;          // of rows summed
    std::vector<float> means() const;
  };
  std::map<std::string, Entry> entries;  // by the tensor's name in GGUF
  std::vector<std::string> texts;        // that it was made of
  std::int64_t chunks = 0, chunk_size = 0;
};

// Of either form. Error{kCorrupt} with path and tensor for counts or sums that are no numbers or
// negative, besides what the forms themselves forbid.
ImportanceMatrix read_importance(const fs::path& path);
// The older form where the name ends with .dat, else GGUF.
void write_importance(const fs::path& path, const ImportanceMatrix& matrix);

// Runs the model over `ids`, cut to whole windows of `window` tokens, each of which begins with
// `bos` where that is none of -1. Head and embedding have no entry, as llama-imatrix gives none.
ImportanceMatrix calibrate(Context& ctx, const Decoder& decoder, std::span<const std::int32_t> ids,
                           std::int64_t window, std::int32_t bos);

// Means of the columns of each tensor of the model's GGUF file, as encode_row takes them; of
// vectors and of what the matrix says nothing about, none. Errors as below.
std::vector<std::vector<float>> column_importance(const ImportanceMatrix& matrix,
                                                  const ModelConfig& config);

// How a GGUF file of the model is stored. `matrix` may be null. Error{kMismatch} with the tensor
// where its width is another, or the matrix has none of a layer's.
GgufTypes gguf_types(const FileType& type, const ModelConfig& config,
                     const ImportanceMatrix* matrix);

}  // namespace lucie
