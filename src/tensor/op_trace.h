// What a context's operations cost: when each ran, for how long, and how much it had to compute and
// move. `lucie bench RECIPE --profile` writes it.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "tensor/context.h"

namespace lucie {

struct OpEvent {
  std::string name;  // as in Ops
  double start_s;    // since the trace began
  double seconds;
  double flops;  // of products and attention, else 0
  double bytes;  // of all tensors of the call, once each
};

class OpTrace {
 public:
  // Records the operations of `ctx` as long as it lives; one at a time.
  explicit OpTrace(Context& ctx);
  ~OpTrace();
  OpTrace(const OpTrace&) = delete;
  OpTrace& operator=(const OpTrace&) = delete;

  const std::vector<OpEvent>& events() const { return events_; }
  // All events of a name as one, the longest first.
  std::vector<OpEvent> totals() const;
  // For chrome://tracing and ui.perfetto.dev (Trace Event Format, complete events).
  Json chrome_trace() const;

  void add(OpEvent event) { events_.push_back(std::move(event)); }
  double now() const;  // seconds since the trace began

 private:
  Context& ctx_;
  double began_;
  std::vector<OpEvent> events_;
};

}  // namespace lucie
