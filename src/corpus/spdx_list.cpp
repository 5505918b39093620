#include "corpus/spdx_list.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "base/text.h"

namespace lucie {

namespace {

enum Flag : unsigned { kDeprecated = 1, kOsi = 2, kFsf = 4 };
struct SpdxRow {
  std::string_view id;
  unsigned flags;
};

#include "corpus/spdx_list.inc"

template <typename Row, typename Name>  // rows sorted by lower case
const Row* find_row(const Row* begin, const Row* end, std::string_view name, Name name_of) {
  const std::string wanted = to_lower_ascii(name);
  const Row* row = std::lower_bound(begin, end, wanted, [&](const Row& r, const std::string& w) {
    return to_lower_ascii(name_of(r)) < w;
  });
  return row != end && to_lower_ascii(name_of(*row)) == wanted ? row : nullptr;
}

}  // namespace

SpdxLicence find_spdx_licence(std::string_view name) {
  const SpdxRow* row = find_row(std::begin(kLicences), std::end(kLicences), name,
                                [](const SpdxRow& r) { return r.id; });
  if (row == nullptr) return {};
  return {row->id, (row->flags & kDeprecated) != 0, (row->flags & kOsi) != 0,
          (row->flags & kFsf) != 0};
}

std::string_view find_spdx_exception(std::string_view name) {
  const std::string_view* row = find_row(std::begin(kExceptions), std::end(kExceptions), name,
                                         [](std::string_view id) { return id; });
  return row == nullptr ? std::string_view() : *row;
}

}  // namespace lucie
