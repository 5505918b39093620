// Universal checkpoints of Megatron-DeepSpeed: a training state without its parallel layout, as
// DeepSpeed's ds_to_universal writes it and Lucie's optimizer states were published
// (docs/formats/universal.md). One folder per parameter, one file per state:
//
//   zero/2.mlp.dense_h_to_4h.weight/{fp32,exp_avg,exp_avg_sq}.pt   zero/optimizer_state.pt
//   mp_rank_00_model_states.pt                                     Megatron's arguments, counters
//
// Only the layout is known here. What the names mean is the tensor table's work (model/).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "formats/weight_source.h"

namespace lucie {

enum class UniversalState { kWeights, kFirstMoment, kSecondMoment };
inline constexpr int kUniversalStates = 3;
const char* universal_state_name(UniversalState state);  // "fp32", "exp_avg", "exp_avg_sq"

struct UniversalParameter {
  std::string name;  // "2.mlp.dense_h_to_4h.weight"
  Shape shape;       // of the whole parameter
  // How tensor parallelism cuts it: along which dimension (none: every rank has all of it), and as
  // how many parts that lie one behind the other (a fused gate and up projection: 2).
  std::optional<std::int64_t> cat_dim = std::nullopt;
  std::int64_t parts = 1;
  bool vocabulary = false;  // its rows are tokens; the padding of training is cut off
};

bool is_universal_checkpoint(const fs::path& directory);

class UniversalCheckpoint {
 public:
  // A state or file that is missing: Error{kNotFound}; states of one parameter that differ in
  // shape: Error{kMismatch}; else as TorchFile.
  explicit UniversalCheckpoint(const fs::path& directory);

  const fs::path& directory() const { return directory_; }
  // By the number that its name begins with, which is the place in the model, then by name.
  const std::vector<UniversalParameter>& parameters() const { return parameters_; }
  // Tensors under the parameters' names. Moments: nullptr when the checkpoint has weights alone.
  const WeightSource* state(UniversalState state) const {
    return states_[static_cast<std::size_t>(state)].get();
  }
  // Steps that the optimizer has made: of its own state, else of the training loop.
  std::int64_t step() const { return step_; }
  // mp_rank_00_model_states.pt, without its tensors (formats/torch_file.h, contents).
  const Json& model_states() const { return model_states_; }
  const Json& args() const;  // Megatron's: hidden_size, num_layers ...; Error{kCorrupt} without

 private:
  void read_state(UniversalState state, const std::vector<std::string>& names);
  std::int64_t read_step(const std::string& first_name) const;

  fs::path directory_;
  std::vector<UniversalParameter> parameters_;
  std::array<std::unique_ptr<WeightSource>, kUniversalStates> states_;
  Json model_states_;
  std::int64_t step_ = 0;
};

// Writes the same layout; the directory appears on commit(), and must not exist.
class UniversalCheckpointWriter {
 public:
  explicit UniversalCheckpointWriter(const fs::path& directory) : directory_(directory) {}
  // Values in row-major order, as many as the shape says. States in any order, each once.
  void write(const UniversalParameter& parameter, UniversalState state,
             std::span<const float> values);
  // `model_states`: an object; its "args" become a Namespace, as Megatron wants them.
  // `optimizer`: what DeepSpeed's optimizer_state.pt holds: {"param_groups": [{"step": 25}]}.
  void commit(const Json& model_states, const Json& optimizer);

 private:
  AtomicDirectory directory_;
};

}  // namespace lucie
