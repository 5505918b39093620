// lucie quantize: a model as a smaller GGUF file.
#include <algorithm>
#include <cstdio>
#include <map>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/idle_flags.h"
#include "cli/quantize_gptq.h"
#include "cli/quantize_mixture.h"
#include "cli/quantize_report.h"
#include "model/load.h"
#include "model/locate.h"

namespace lucie {
namespace {

struct Options {
  std::string source, out, save_importance, report;
  QuantizeRequest request;
  std::int64_t bits = 0, group_size = 0;  // 0: not given
  bool dry_run = false;
};

void check_out(const Options& options) {
  if (!is_gguf(options.out)) {
    fail(ErrorCode::kInvalidArgument, "a GGUF file's name ends with .gguf, not: " + options.out,
         "OUT", options.out + ".gguf");
  }
  if (fs::exists(options.out)) {
    fail(ErrorCode::kInvalidArgument, "already there: " + options.out, "OUT",
         "choose another name; nothing is overwritten");
  }
}

void check(const Options& options) {
  const QuantizeRequest& request = options.request;
  refuse_idle_flags({{options.bits != 0, "--bits", "--type gptq"},
                     {options.group_size != 0, "--group-size", "--type gptq"}});
  requested_type(request);
  if (!options.dry_run) check_out(options);
  if (!options.save_importance.empty() && request.calibrate.empty()) {
    fail(ErrorCode::kInvalidArgument, "there is no importance matrix to save", "--save-imatrix",
         "it is made with --calibrate TEXT");
  }
}

QuantizeSource source_of(const LoadedModel& model) {
  return {*model.decoder, model.tokenizer.get()};
}

std::int64_t window_of(const LoadedModel& model, const Options& options) {
  return std::min(options.request.window, model.decoder->config().max_position_embeddings);
}

void warn_of_losses(const LoadedModel& model) {
  const DType own = model.decoder->weights().at(Slot::kDown, 0).dtype();
  if (!dtype_info(own).quantized) return;
  log_warning(std::string("the source is quantized already (") + dtype_info(own).name +
              "): what that lost stays lost, and more is lost now");
}

Json summary(const Options& options, const GgufTypes& types, const LoadedModel& model) {
  const QuantizeRequest& request = options.request;
  Json json = Json::object();
  json["file"] = options.out;
  json["type"] = request.target_size.empty() ? std::string(requested_type(request).name)
                                             : "mixture for " + request.target_size;
  json["parameters"] = model.parameters;
  const auto bytes = static_cast<double>(fs::file_size(options.out));
  json["bytes"] = static_cast<std::int64_t>(bytes);
  json["bits_per_weight"] = 8.0 * bytes / static_cast<double>(model.parameters);
  std::map<std::string, std::int64_t> counts;
  for (const DType dtype : types.tensors) ++counts[dtype_info(dtype).name];
  for (const auto& [name, count] : counts) json["tensors"][name] = count;
  return json;
}

void print(const Json& json) {
  std::vector<std::string> parts;
  for (const auto& [name, count] : json.at("tensors").members()) {
    parts.push_back(std::to_string(count.as_int()) + " " + name);
  }
  std::printf("%s: %s, %.2f bits a weight; tensors: %s\n", json.at("file").as_string().c_str(),
              human_bytes(json.at("bytes").as_double()).c_str(),
              json.at("bits_per_weight").as_double(), join(parts, ", ").c_str());
}

// Compares what was written with the source; the numbers, and the page beside the file.
void report(Context& ctx, const LoadedModel& model, const Options& options,
            const std::vector<TokenId>& ids, Json& json) {
  const LoadedModel written = load_model(ctx, options.out, TokenizerNeed::kNone, ValueCheck::kNone);
  const ModelComparison comparison =
      compare_models(ctx, *model.decoder, *written.decoder, ids, window_of(model, options));
  const QuantizeReport page{options.out,
                            json.at("type").as_string(),
                            json.at("bytes").as_double(),
                            json.at("bits_per_weight").as_double(),
                            fs::path(options.report).filename().string(),
                            comparison};
  json["report"] = to_json(comparison);
  json["page"] = options.out + ".html";
  write_file_atomic(options.out + ".html", report_page(page));
  if (!common_options().json) std::printf("%s", report_lines(page).c_str());
  log_info("wrote " + options.out + ".html");
}

int quantize_to_gptq(const Options& options) {
  for (const auto& [flag, value] : {std::pair{"--imatrix", &options.request.imatrix},
                                    std::pair{"--save-imatrix", &options.save_importance},
                                    std::pair{"--target-size", &options.request.target_size},
                                    std::pair{"--report", &options.report}}) {
    if (!value->empty()) fail(ErrorCode::kInvalidArgument, "not with --type gptq", flag);
  }
  GptqRequest request{options.source, options.out, options.request.calibrate};
  request.window = options.request.window;
  if (options.bits != 0) request.bits = options.bits;
  if (options.group_size != 0) request.group_size = options.group_size;
  return quantize_gptq(request);
}

// Tokens of --report, or none. Read before the work, so that a text that does not serve is told at
// once.
std::vector<TokenId> report_tokens(const LoadedModel& model, const Options& options) {
  if (options.report.empty()) return {};
  std::vector<TokenId> ids = tokens_of(source_of(model), options.report, "--report");
  if (std::ssize(ids) < window_of(model, options)) {
    fail(ErrorCode::kInvalidArgument,
         "the text has " + std::to_string(ids.size()) + " tokens, less than a window", "--report",
         "give more text, or a smaller --window");
  }
  return ids;
}

// What stands at a path, as far as names, sizes and times tell.
std::string stamp_of(const fs::path& path) {
  std::vector<fs::path> files{path};
  if (fs::is_directory(path)) files.assign(fs::directory_iterator(path), {});
  std::sort(files.begin(), files.end());
  std::string stamp;
  for (const fs::path& file : files) {
    if (!fs::is_regular_file(file)) continue;
    stamp += file.string() + " " + std::to_string(fs::file_size(file)) + " " +
             std::to_string(fs::last_write_time(file).time_since_epoch().count()) + "\n";
  }
  return stamp;
}

int quantize(const Options& options) {
  QuantizeRequest request = options.request;
  request.effect_text = options.report;
  const bool typed = request.target_size.empty();
  refuse_idle_flags({{typed && request.context != 0, "--context", "--target-size"},
                     {typed && !request.cache_type.empty(), "--cache-type", "--target-size"},
                     {typed && options.dry_run, "--dry-run", "--target-size"}});
  if (options.out.empty() && !options.dry_run) {
    fail(ErrorCode::kInvalidArgument, "no file to write is given", "OUT", "MODEL OUT.gguf");
  }
  if (to_lower_ascii(request.type) == "gptq") return quantize_to_gptq(options);
  check(options);
  ThreadPool pool(static_cast<int>(common_options().threads));
  Context ctx(make_device(), pool);
  const fs::path source = locate_model(options.source);
  const LoadedModel model = load_model(ctx, source, TokenizerNeed::kOptional, ValueCheck::kWarn);
  warn_of_losses(model);
  check_request(request, model.decoder->config());
  const std::vector<TokenId> read = report_tokens(model, options);
  QuantizedForm form = quantized_form(ctx, source_of(model), request);
  if (!options.save_importance.empty()) {
    write_importance(options.save_importance, *form.matrix);
    log_info("wrote " + options.save_importance);
  }
  const bool lines = !common_options().json;
  if (form.mixture && lines) std::printf("%s", mixture_lines(form).c_str());
  Json json = Json::object();
  if (!options.dry_run) {
    SaveOptions save = save_options(model, fs::path(options.out).stem().string());
    save.types = form.types;
    save.resume_key = program_name() + "\n" + stamp_of(source);
    save_gguf(options.out, model.decoder->config(), values_of(ctx, model.decoder->weights()),
              model.tokenizer.get(), save);
    json = summary(options, form.types, model);
    if (lines) print(json);
    if (!options.report.empty()) report(ctx, model, options, read, json);
  }
  if (form.mixture) json["plan"] = mixture_json(form);
  if (!lines) std::printf("%s\n", json.dump(2).c_str());
  return 0;
}

}  // namespace

Command quantize_command() {
  auto options = std::make_shared<Options>();
  return {
      .group = "Build",
      .name = "quantize",
      .summary = "a model as a smaller GGUF file",
      .examples =
          "lucie quantize runs/tiny tiny-q4_0.gguf --type q4_0\n"
          "lucie quantize models/x x-q4_k_m.gguf --type q4_k_m\n"
          "lucie quantize models/x x-q3_k_m.gguf --type q3_k_m --calibrate text.txt\n"
          "lucie quantize models/x x-6gb.gguf --target-size 6GB --context 4096 --calibrate "
          "text.txt\n"
          "lucie quantize models/x x-gptq --type gptq --calibrate text.txt\n"
          "lucie quantize models/x.gguf x-iq4_xs.gguf --type iq4_xs --imatrix x.imatrix.gguf\n"
          "lucie quantize models/x x-q5_k_m.gguf --type q5_k_m --report held-out.txt",
      .arguments =
          {{"MODEL", &options->source, "model", true},
           {"OUT,-o,--out", &options->out, "file to write (.gguf); of gptq a directory"},
           {"--type", &options->request.type,
            "of the file: " + file_type_names() + " (q8_0); or gptq, a directory"},
           {"--target-size", &options->request.target_size,
            "memory to answer in (6GB), weights, cache and work together: the types that "
            "lose least, as measured tensor by tensor"},
           {"-c,--ctx-size,--ctx,--context", &options->request.context,
            "positions of that cache (4096, or the model's window)"},
           {"--cache-type", &options->request.cache_type,
            "of that cache: f32, f16 (default), bf16, q8_0, q4_0"},
           {"--dry-run", &options->dry_run, "say what --target-size comes to, and write nothing"},
           {"--imatrix", &options->request.imatrix,
            "importance of columns, as llama.cpp stores it (GGUF or .dat)"},
           {"--calibrate", &options->request.calibrate,
            "text to make the importance matrix from, or gptq's Hessians, by running the "
            "model over it"},
           {"--save-imatrix", &options->save_importance,
            "keep what --calibrate made: GGUF, or llama.cpp's older form as .dat"},
           {"--report", &options->report,
            "text to compare with the source on: perplexity, KL divergence, speed, "
            "error of each tensor; a page with charts goes to OUT.html"},
           {"--window", &options->request.window, "tokens of a chunk of those texts (512)"},
           {"--bits", &options->bits, "of gptq: 2, 3, 4 or 8 (4)"},
           {"--group-size", &options->group_size, "of gptq: inputs that share a scale (128)"}},
      .run = [options] { return quantize(*options); },
      .state = options};
}

}  // namespace lucie
