#include "formats/universal_checkpoint.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/text.h"
#include "formats/mapped_source.h"
#include "formats/torch_file.h"

namespace lucie {
namespace {

constexpr const char* kStateNames[kUniversalStates] = {"fp32", "exp_avg", "exp_avg_sq"};
constexpr char kZero[] = "zero";
constexpr char kModelStates[] = "mp_rank_00_model_states.pt";
constexpr char kOptimizer[] = "optimizer_state.pt";
constexpr char kParam[] = "param";

fs::path state_file(const fs::path& directory, const std::string& name, UniversalState state) {
  return directory / kZero / name / (std::string(universal_state_name(state)) + ".pt");
}

// The number that a name begins with; a name without one comes last.
std::int64_t place_in_model(const std::string& name) {
  return parse_int(name.substr(0, name.find('.'))).value_or(INT64_MAX);
}

std::vector<std::string> parameter_names(const fs::path& directory) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory / kZero)) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    const std::int64_t left = place_in_model(a), right = place_in_model(b);
    return left != right ? left < right : a < b;
  });
  if (names.empty()) {
    fail(ErrorCode::kNotFound, "universal checkpoint without parameters",
         (directory / kZero).string());
  }
  return names;
}

// Counters are stored as integers or floats, or as tensors of one element.
std::optional<std::int64_t> counted(double value) {
  constexpr double kMost = 9e15;                             // below 2^53, so exact
  if (!(value >= 0 && value <= kMost)) return std::nullopt;  // nor is NaN a count
  return static_cast<std::int64_t>(value);
}

std::optional<std::int64_t> count_of(const Json* value) {
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return counted(value->as_double());
}

std::optional<std::int64_t> scalar_of(const TorchFile& file, std::string_view name) {
  const StoredTensor* tensor = file.weights().find(name);
  if (tensor == nullptr || tensor->shape.numel() != 1 || tensor->type_name() != "f32") {
    return std::nullopt;
  }
  float value = 0;
  std::memcpy(&value, file.weights().data(*tensor).data(), sizeof(value));
  return counted(static_cast<double>(value));
}

UniversalParameter describe(const std::string& name, const Shape& shape, const Json& contents) {
  UniversalParameter parameter;
  parameter.name = name;
  parameter.shape = shape;
  parameter.cat_dim = count_of(contents.find("cat_dim"));
  parameter.parts = count_of(contents.find("param_n_sub_params")).value_or(1);
  const Json* vocabulary = contents.find("vocab_tensor");
  parameter.vocabulary = vocabulary != nullptr && vocabulary->is_bool() && vocabulary->as_bool();
  return parameter;
}

}  // namespace

const char* universal_state_name(UniversalState state) {
  return kStateNames[static_cast<std::size_t>(state)];
}

bool is_universal_checkpoint(const fs::path& directory) {
  return fs::is_directory(directory / kZero) && fs::exists(directory / kModelStates);
}

UniversalCheckpoint::UniversalCheckpoint(const fs::path& directory) : directory_(directory) {
  if (!is_universal_checkpoint(directory)) {
    fail(ErrorCode::kNotFound, std::string("neither ") + kZero + "/ nor " + kModelStates,
         directory.string(), "a universal checkpoint of DeepSpeed is wanted (ds_to_universal)");
  }
  model_states_ = TorchFile(directory / kModelStates).contents();
  const std::vector<std::string> names = parameter_names(directory);
  read_state(UniversalState::kWeights, names);
  if (fs::exists(state_file(directory, names[0], UniversalState::kFirstMoment))) {
    read_state(UniversalState::kFirstMoment, names);
    read_state(UniversalState::kSecondMoment, names);
  }
  step_ = read_step(names[0]);
}

void UniversalCheckpoint::read_state(UniversalState state, const std::vector<std::string>& names) {
  auto source = std::make_unique<MappedSource>(directory_.string());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const fs::path path = state_file(directory_, names[i], state);
    const TorchFile file(path);
    const StoredTensor* param = file.weights().find(kParam);
    if (param == nullptr)
      fail(ErrorCode::kCorrupt, "state without a tensor 'param'", path.string());
    if (state == UniversalState::kWeights) {
      parameters_.push_back(describe(names[i], param->shape, file.contents()));
    } else if (parameters_[i].shape != param->shape) {
      fail(ErrorCode::kMismatch,
           "state of shape " + param->shape.str() + ", the parameter has " +
               parameters_[i].shape.str(),
           path.string());
    }
    source->add_as(names[i], file.weights(), *param);
  }
  source->finish();
  states_[static_cast<std::size_t>(state)] = std::move(source);
}

std::int64_t UniversalCheckpoint::read_step(const std::string& first_name) const {
  const fs::path own = directory_ / kZero / first_name / "step.pt";  // DeepSpeed since 0.14
  if (fs::exists(own)) {
    const TorchFile file(own);
    if (const auto step = count_of(&file.contents())) return *step;
    if (const auto step = scalar_of(file, "")) return *step;
  }
  const fs::path shared = directory_ / kZero / kOptimizer;
  if (fs::exists(shared)) {
    const TorchFile file(shared);
    if (const auto step = scalar_of(file, "param_groups.0.step")) return *step;
    const Json* groups = file.contents().find("param_groups");
    if (groups != nullptr && groups->is_array() && groups->size() != 0) {
      if (const auto step = count_of(groups->at(std::size_t{0}).find("step"))) return *step;
    }
  }
  for (const char* key : {"iteration", "global_steps"}) {
    if (const auto step = count_of(model_states_.find(key))) return *step;
  }
  fail(ErrorCode::kCorrupt, "nothing says how many steps the optimizer has made",
       (directory_ / kModelStates).string());
}

const Json& UniversalCheckpoint::args() const {
  const Json* args = model_states_.find("args");
  if (args == nullptr || !args->is_object()) {
    fail(ErrorCode::kCorrupt, "no 'args' of Megatron", (directory_ / kModelStates).string());
  }
  return *args;
}

void UniversalCheckpointWriter::write(const UniversalParameter& parameter, UniversalState state,
                                      std::span<const float> values) {
  const std::string& name = parameter.name;
  if (name.empty() || name[0] == '.' || name.find('/') != std::string::npos) {
    fail(ErrorCode::kInvalidArgument, "parameter '" + name + "' cannot be a folder's name");
  }
  const fs::path file = state_file(directory_.path(), name, state);
  LUCIE_ASSERT(!fs::exists(file));
  fs::create_directories(file.parent_path());
  Json extra = Json::object();
  if (parameter.cat_dim) extra["cat_dim"] = *parameter.cat_dim;
  if (parameter.parts != 1) extra["param_n_sub_params"] = parameter.parts;
  if (parameter.vocabulary) extra["vocab_tensor"] = true;
  TorchWriter writer(file, {{kParam, DType::kF32, parameter.shape}}, extra);
  writer.write(kParam, std::as_bytes(values));
  writer.commit();
}

void UniversalCheckpointWriter::commit(const Json& model_states, const Json& optimizer) {
  fs::create_directories(directory_.path() / kZero);
  TorchWriter(directory_.path() / kZero / kOptimizer, {}, optimizer).commit();
  TorchWriter(directory_.path() / kModelStates, {}, model_states, {"args"}).commit();
  directory_.commit();
}

}  // namespace lucie
