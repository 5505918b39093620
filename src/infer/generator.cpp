#include "infer/generator.h"

#include "base/cancel.h"

namespace lucie {

Generated Generator::run(std::span<const TokenId> prompt, const GenerateOptions& options,
                         const std::function<void(std::string_view)>& on_text) {
  const std::uint64_t id = engine_.submit({{prompt.begin(), prompt.end()}, options, on_text});
  while (engine_.step()) {
    if (cancel_requested()) engine_.cancel_all();
  }
  return *engine_.take(id);
}

}  // namespace lucie
