#include <algorithm>

#include "infer/drafter.h"

namespace lucie {
namespace {

constexpr std::size_t kLongest = 3, kShortest = 2;  // tokens that have to stand there again

class LookupDrafter final : public Drafter {
 public:
  void guess(std::span<Draft> drafts) override {
    for (Draft& draft : drafts) draft.tokens = what_followed(draft.text, draft.most);
  }
  void forget(std::uint64_t) override {}

 private:
  // The latest place counts: texts drift.
  static std::vector<TokenId> what_followed(std::span<const TokenId> text, std::int64_t most) {
    for (std::size_t length = kLongest; length >= kShortest; --length) {
      if (text.size() <= length) continue;
      const auto tail = text.last(length);
      for (std::size_t end = text.size() - 1; end >= length; --end) {
        if (!std::equal(tail.begin(), tail.end(),
                        text.begin() + static_cast<std::ptrdiff_t>(end - length))) {
          continue;
        }
        const auto count = std::min(text.size() - end, static_cast<std::size_t>(most));
        const auto found = text.subspan(end, count);
        return {found.begin(), found.end()};
      }
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<Drafter> make_lookup_drafter() {
  return std::make_unique<LookupDrafter>();
}

}  // namespace lucie
