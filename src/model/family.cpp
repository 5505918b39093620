#include "model/family.h"

#include <array>

#include "base/error.h"
#include "base/text.h"

namespace lucie {
namespace {

const std::array<const Family*, 1>& rows() {
  static const std::array<const Family*, 1> table{&llama_family()};
  return table;
}

const Family& find_row(const char* Family::* field, std::string_view wanted) {
  std::vector<std::string> known;
  for (const Family* row : rows()) {
    if (wanted == row->*field) return *row;
    known.emplace_back(row->*field);
  }
  fail(ErrorCode::kUnsupported, "unknown model family '" + std::string(wanted) + "'", {},
       "known: " + join(known, ", "));
}

}  // namespace

const Family& family(std::string_view architecture) {
  return find_row(&Family::name, architecture);
}

const Family& family_by_hf(std::string_view hf_architecture) {
  return find_row(&Family::hf_architecture, hf_architecture);
}

const Family& family_by_gguf(std::string_view gguf_architecture) {
  return find_row(&Family::gguf_architecture, gguf_architecture);
}

std::int64_t parameter_count(const ModelConfig& config) {
  std::int64_t count = 0;
  for (const TensorSpec& spec : family(config.architecture).tensors(config)) {
    count += spec.shape.numel();
  }
  return count;
}

}  // namespace lucie
