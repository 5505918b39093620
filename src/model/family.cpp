#include "model/family.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace lucie {

const Family& llama_family();
const Family& olmo2_family();
const Family& falcon_family();
const Family& gpt_neox_family();
const Family& crystalcoder_family();

namespace {

const std::vector<const Family*>& rows() {
  static const std::vector<const Family*> table{&llama_family(), &olmo2_family(), &falcon_family(),
                                                &gpt_neox_family(), &crystalcoder_family()};
  return table;
}

// The row of which `names` gives `wanted` among its names.
template <typename Names>
const Family& find_row(std::string_view wanted, const Names& names) {
  std::vector<std::string> known;
  for (const Family* row : rows()) {
    for (const std::string_view name : names(*row)) {
      if (wanted == name) return *row;
      known.emplace_back(name);
    }
  }
  fail(ErrorCode::kUnsupported, "unknown model family '" + std::string(wanted) + "'", {},
       "known: " + join(known, ", "));
}

}  // namespace

const Family& family(std::string_view architecture) {
  return find_row(architecture, [](const Family& row) {
    std::vector<std::string_view> names{row.name};
    names.insert(names.end(), row.other_names.begin(), row.other_names.end());
    return names;
  });
}

const Family& family_by_hf(std::string_view hf_architecture) {
  return find_row(hf_architecture, [](const Family& row) { return row.hf_architectures; });
}

const Family& family_by_gguf(std::string_view gguf_architecture) {
  return find_row(gguf_architecture,
                  [](const Family& row) { return std::vector{row.gguf_architecture}; });
}

std::vector<std::string> family_names() {
  std::vector<std::string> names;
  for (const Family* row : rows()) names.emplace_back(row->name);
  return names;
}

}  // namespace lucie
