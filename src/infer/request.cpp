#include "infer/request.h"

#include "base/error.h"

namespace lucie {

void check_options(const GenerateOptions& options) {
  if (options.max_tokens < -1) {
    fail(ErrorCode::kInvalidArgument, "must be 0 or more, or -1 for all that fits", "--max-tokens");
  }
  check_sampling(options.sampling);
}

}  // namespace lucie
