// lucie convert: a model, a training state or a recipe's shape, in another form. What
// was written is opened again and compared.
#include <algorithm>
#include <cstdio>
#include <future>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/idle_flags.h"
#include "model/load.h"
#include "model/locate.h"
#include "model/save.h"
#include "model/universal.h"
#include "model/verify.h"
#include "pipeline/training.h"
#include "quant/importance.h"
#include "run/recipe.h"
#include "tokenizer/gguf_export.h"
#include "tokenizer/gguf_fidelity.h"
#include "train/checkpoint.h"

namespace lucie {
namespace {

struct Options {
  std::string source, out, type, to, tokenizer, shard_size, text;
  bool random = false, no_verify = false;
  std::int64_t seed = 42;
};

enum class Target { kDirectory, kGguf, kUniversal, kCheckpoint };

Target form_of(const Options& options) {
  const std::string name = to_lower_ascii(options.to);
  if (name.empty()) return is_gguf(options.out) ? Target::kGguf : Target::kDirectory;
  if (name == "hf") return Target::kDirectory;
  if (name == "gguf") return Target::kGguf;
  if (name == "universal" || name == "megatron") return Target::kUniversal;
  if (name == "checkpoint") return Target::kCheckpoint;
  fail(ErrorCode::kInvalidArgument, "unknown form '" + options.to + "'", "--to",
       "known: hf, gguf, universal (or megatron), checkpoint");
}

// Models are told apart by their names wherever one is given: what is written must be found again.
Target target_of(const Options& options) {
  const Target target = form_of(options);
  if (is_gguf(options.out) == (target == Target::kGguf)) return target;
  fail(ErrorCode::kInvalidArgument,
       target == Target::kGguf ? "a GGUF file's name ends with .gguf, not: " + options.out
                               : "a directory, but named as a GGUF file: " + options.out,
       "--out", target == Target::kGguf ? "--out " + options.out + ".gguf" : "leave out the .gguf");
}

const FileType& type_or(const std::string& name, DType fallback) {
  return file_type(name.empty() ? dtype_info(fallback).name : name, "--type");
}

std::uint64_t shard_bytes(const std::string& text) {
  if (text.empty()) return ShardedSafetensorsWriter::kDefaultShardBytes;
  std::string number = to_lower_ascii(text);
  double unit = 1;
  for (const auto& [suffix, bytes] : {std::pair{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}}) {
    if (!number.ends_with(suffix)) continue;
    unit = bytes;
    number.resize(number.size() - 2);
    break;
  }
  const auto value = parse_double(number);
  if (!value || !(*value > 0) || *value * unit > 1e18) {
    fail(ErrorCode::kInvalidArgument, "not a size: '" + text + "'", "--max-shard-size",
         "for example 5GB or 500MB");
  }
  return static_cast<std::uint64_t>(*value * unit);
}

// A model with the optimizer's moments where the source has them.
struct Source {
  LoadedModel model;
  std::optional<OptimizerState> training;
  const ModelConfig& config() const { return model.decoder->config(); }
};

bool is_checkpoint(const fs::path& path) {
  return fs::exists(path / "state.json") && fs::exists(path / "optimizer.safetensors");
}

bool is_verified(const Options& options, Target target) {
  return !options.no_verify && target != Target::kCheckpoint;
}

// `check`: verification looks at every value anyway.
Source read_source(Context& ctx, const Options& options, ValueCheck check) {
  Source source;
  const fs::path path =
      is_checkpoint(options.source) ? fs::path(options.source) : locate_model(options.source);
  if (is_checkpoint(path)) {
    Checkpoint checkpoint = load_checkpoint(ctx, path);
    source.model.decoder =
        std::make_unique<Decoder>(ctx, checkpoint.config, checkpoint.optimizer.master);
    source.training = std::move(checkpoint.optimizer);
  } else {
    source.model = load_model(ctx, path, TokenizerNeed::kOptional, check);
  }
  if (is_universal_checkpoint(path)) {
    const UniversalCheckpoint checkpoint(path);
    if (checkpoint.state(UniversalState::kFirstMoment)) {
      const auto state = [&](UniversalState which) {
        return to_f32(ctx, load_universal(ctx, checkpoint, which, source.config(), path.string()));
      };
      source.training = {.master = state(UniversalState::kWeights),
                         .m = state(UniversalState::kFirstMoment),
                         .v = state(UniversalState::kSecondMoment),
                         .steps = checkpoint.step()};
    }
  }
  if (!options.tokenizer.empty()) {
    source.model.tokenizer = std::make_unique<Tokenizer>(Tokenizer::load(options.tokenizer));
    check_fits(source.model, "--tokenizer " + options.tokenizer);
  }
  return source;
}

SaveOptions options_of(const Options& options, const LoadedModel& model, const FileType& type,
                       const ModelConfig& config) {
  SaveOptions save = save_options(model, fs::path(options.out).stem().string());
  save.dtype = type.base;
  save.types = gguf_types(type, config, nullptr);
  save.max_shard_bytes = shard_bytes(options.shard_size);
  return save;
}

void write_model(const fs::path& out, Target target, const ModelConfig& config,
                 const WeightValues& values, const Tokenizer* tokenizer, const SaveOptions& save) {
  if (target == Target::kGguf) return save_gguf(out, config, values, tokenizer, save);
  AtomicDirectory directory(out);
  save_hf(directory.path(), config, values, tokenizer, save);
  directory.commit();
}

void write_training(Context& ctx, const fs::path& out, Target target, const Source& source,
                    const WeightValues& values) {
  if (target == Target::kUniversal) {
    std::array<WeightValues, kUniversalStates> states{values, {}, {}};
    if (source.training) {
      states[1] = values_of(ctx, source.training->m);
      states[2] = values_of(ctx, source.training->v);
    }
    return save_universal(out, source.config(), states,
                          source.training ? source.training->steps : 0);
  }
  if (!source.training) {
    fail(ErrorCode::kInvalidArgument, "the source has no optimizer states", "--to checkpoint",
         "a checkpoint is made from a universal one that holds exp_avg and exp_avg_sq");
  }
  save_checkpoint(ctx, out, source.config(), *source.training, {}, Json::object());
}

// How llama.cpp, which reads neither normalizers nor most pre-tokenizers, will tokenize with it.
// Found while the weights are written: it is one thread's work, they are the disk's.
std::future<std::string> start_fidelity(const Options& options, const Tokenizer& tokenizer) {
  const std::string text = options.text.empty() ? verification_prompt() : read_file(options.text);
  return std::async(std::launch::async, [&tokenizer, text] {
    std::vector<std::string> lines = split(text, '\n');
    std::erase(lines, "");
    return describe(measure_gguf_fidelity(tokenizer, gguf_metadata(tokenizer), lines));
  });
}

// True when every value of the source's matrices has its like among the target's.
bool holds(DType target, DType source) {
  return target == DType::kF32 || target == source;
}

DType stored_matrices(const Source& source) {
  return source.model.decoder->weights().at(Slot::kQuery, 0).dtype();
}

int verify(Context& ctx, const Options& options, const Source& source, DType type) {
  const Verification result =
      verify_written(ctx, {*source.model.decoder, source.model.tokenizer.get()}, options.out,
                     holds(type, stored_matrices(source)));
  std::printf("%s\n",
              common_options().json ? to_json(result).dump().c_str() : describe(result).c_str());
  if (result.with_nan > 0) {
    log_warning(std::to_string(result.with_nan) +
                " tensors of the source hold values that are no numbers (NaN)");
  }
  if (result.passed(type)) return 0;
  log_warning("what was written is not what was read: " +
              (result.same_tokens ? "the first tensor that differs is " + result.first_different
                                  : std::string("it gives a text other tokens")));
  return 3;
}

// With no tokenizer nothing can be asked of the model, and llama.cpp does not open it.
std::unique_ptr<Tokenizer> tokenizer_of_shape(const Options& options, const ModelConfig& config) {
  if (options.tokenizer.empty()) return nullptr;
  auto tokenizer = std::make_unique<Tokenizer>(Tokenizer::load(options.tokenizer));
  const std::int64_t size = tokenizer->vocab_size();
  const std::string both = "the tokenizer has " + std::to_string(size) + " tokens, the shape " +
                           std::to_string(config.vocab_size);
  if (size > config.vocab_size) fail(ErrorCode::kMismatch, both, "--tokenizer");
  if (size < config.vocab_size) log_warning(both + ": llama.cpp opens no such file");
  return tokenizer;
}

int convert_shape(const Options& options, Target target, DType fallback) {
  if (target != Target::kGguf && target != Target::kDirectory) {
    fail(ErrorCode::kInvalidArgument, "random weights are written as hf or gguf only", "--to");
  }
  const ModelConfig config = final_model_config(load_recipe(options.source));
  LoadedModel model;
  model.tokenizer = tokenizer_of_shape(options, config);
  SaveOptions save = options_of(options, model, type_or(options.type, fallback), config);
  save.resume_key =
      program_name() + " random " + std::to_string(options.seed) + config_to_json(config).dump();
  ThreadPool pool(static_cast<int>(common_options().threads));
  write_model(options.out, target, config,
              random_values(pool, config, static_cast<std::uint64_t>(options.seed)),
              model.tokenizer.get(), save);
  log_info("wrote " + options.out);
  return 0;
}

int convert(const Options& options) {
  const Target target = target_of(options);
  const bool is_state = target == Target::kUniversal || target == Target::kCheckpoint;
  refuse_idle_flags(
      {{!options.random && options.seed != Options().seed, "--seed", "--random-weights"},
       {is_state && !options.type.empty() && to_lower_ascii(options.type) != "f32", "--type",
        "--to hf or gguf"}});
  if (fs::exists(options.out)) {
    fail(ErrorCode::kInvalidArgument, "already there: " + options.out, "--out",
         "choose another name; nothing is overwritten");
  }
  if (options.random) return convert_shape(options, target, DType::kBF16);
  ThreadPool pool(static_cast<int>(common_options().threads));
  Context ctx(make_device(), pool);
  const Source source = read_source(
      ctx, options, is_verified(options, target) ? ValueCheck::kNone : ValueCheck::kWarn);
  const DType own = stored_matrices(source);
  // Without --type nothing is lost that need not be.
  FileType type = type_or(options.type, dtype_info(own).quantized ? DType::kBF16 : own);
  const WeightValues values = values_of(ctx, source.model.decoder->weights());
  std::future<std::string> fidelity;
  if (target == Target::kGguf && source.model.tokenizer) {
    fidelity = start_fidelity(options, *source.model.tokenizer);
  }
  if (is_state) {
    type = type_or("f32", DType::kF32);
    write_training(ctx, options.out, target, source, values);
  } else {
    write_model(options.out, target, source.config(), values, source.model.tokenizer.get(),
                options_of(options, source.model, type, source.config()));
  }
  log_info("wrote " + options.out);
  if (fidelity.valid()) log_info(fidelity.get());
  if (!is_verified(options, target)) return 0;
  return verify(ctx, options, source, type.base);
}

}  // namespace

Command convert_command() {
  auto options = std::make_shared<Options>();
  return {
      .group = "Build",
      .name = "convert",
      .summary = "a model in another form: Hugging Face, GGUF, Megatron's universal checkpoint",
      .examples =
          "lucie convert models/x.gguf --out models/x\n"
          "lucie convert runs/tiny --out tiny.gguf --type f16\n"
          "lucie convert models/lucie-states --tokenizer models/lucie --out lucie-hf --type bf16\n"
          "lucie convert runs/tiny/checkpoints/step-00006176 --to universal --out states\n"
          "lucie convert recipes/lucie-7b.yaml --random-weights --tokenizer models/lucie --type "
          "q4_k_m --out shape.gguf",
      .arguments =
          {{"MODEL", &options->source,
            "model, universal checkpoint, checkpoint of a run, or a recipe with --random-weights",
            true},
           {"OUT,-o,--out", &options->out, "directory or .gguf to write", true},
           {"--to", &options->to,
            "hf, gguf, universal (or megatron), checkpoint; by OUT's name when not given"},
           {"--type", &options->type,
            "f32, f16, bf16, q8_0, q4_k_m, ...; the source's own by default"},
           {"--tokenizer", &options->tokenizer,
            "tokenizer to write with it, in place of its own; random weights have none"},
           {"-f,--file", &options->text,
            "of a .gguf: say how llama.cpp tokenizes the lines of this text"},
           {"--max-shard-size", &options->shard_size, "of safetensors files (5GB)"},
           {"--no-verify", &options->no_verify, "do not open it again and compare"},
           {"--random-weights", &options->random, "the recipe's shape with initial weights"},
           {"-s,--seed", &options->seed, "of the random weights"}},
      .run = [options] { return convert(*options); },
      .state = options};
}

}  // namespace lucie
