// lucie trace on data of others: Megatron's .bin/.idx with a blend, Pythia's and OLMo's published
// orders. No run of ours is needed.
#include "base/error.h"
#include "base/text.h"
#include "cli/trace.h"
#include "trace/training_order.h"

namespace lucie {
namespace {

struct Variant {
  const char* name;
  MegatronVariant variant;
};
constexpr Variant kVariants[] = {{"megatron", MegatronVariant::kMegatron},
                                 {"deepspeed", MegatronVariant::kDeepSpeed},
                                 {"lucie", MegatronVariant::kLucie},
                                 {"neox", MegatronVariant::kNeoX}};

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (std::string& word : split(text, ' ')) {
    if (!word.empty()) words.push_back(std::move(word));
  }
  return words;
}

// PREFIX, PREFIX.bin and PREFIX.idx are the same data set.
fs::path prefix_of(const std::string& path) {
  const fs::path given = path;
  if (given.extension() == ".idx" || given.extension() == ".bin") {
    return given.parent_path() / given.stem();
  }
  return given;
}

std::vector<double> numbers_of(const std::string& text, const char* flag) {
  std::vector<double> numbers;
  for (const std::string& word : split(text, ',')) {
    const auto number = parse_double(trim(word));
    if (!number || !(*number >= 0)) {
      fail(ErrorCode::kInvalidArgument, "'" + word + "' is not a positive number", flag,
           "for example 969,30,1");
    }
    numbers.push_back(*number);
  }
  return numbers;
}

void read_blend(const std::string& blend, MegatronSettings* settings) {
  const std::vector<std::string> words = words_of(blend);
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const auto weight = parse_double(words[i]);
    if (!weight) {
      fail(ErrorCode::kInvalidArgument, "'" + words[i] + "' is not a weight", "--blend",
           "weights and paths in turn: --blend \"0.7 data/fr 0.3 data/en\"");
    }
    settings->weights.push_back(*weight);
    settings->prefixes.push_back(prefix_of(words[i + 1]));
  }
  if (words.size() % 2 != 0) {
    fail(ErrorCode::kInvalidArgument, "weights and paths do not come in pairs", "--blend",
         "weights and paths in turn: --blend \"0.7 data/fr 0.3 data/en\"");
  }
}

std::uint64_t positive(std::int64_t value, const char* flag, std::int64_t fallback = 0) {
  if (value == 0) value = fallback;
  if (value < 1) {
    fail(ErrorCode::kInvalidArgument, "must be given, and positive", flag,
         "as the training was started with");
  }
  return static_cast<std::uint64_t>(value);
}

std::unique_ptr<TrainingOrder> make_megatron(const TraceOptions& options, MegatronVariant variant) {
  MegatronSettings settings;
  settings.variant = variant;
  if (options.blend.empty()) {
    settings.prefixes = {prefix_of(options.path)};
  } else {
    read_blend(options.blend, &settings);
  }
  if (options.seed < 0 || options.seed > 0xFFFFFFFF) {
    fail(ErrorCode::kInvalidArgument, "seeds of numpy go from 0 to 2^32 - 1", "--seed");
  }
  settings.seed = static_cast<std::uint32_t>(options.seed);
  settings.sequence_length = positive(options.sequence_length, "--seq-length", 2048);
  settings.samples = positive(options.samples, "--samples");
  if (!options.split.empty()) settings.split = numbers_of(options.split, "--split");
  return megatron_order(settings);
}

std::unique_ptr<TrainingOrder> make_chunks(const TraceOptions& options) {
  ChunkSettings settings;
  settings.indices = options.indices.empty() ? options.path : options.indices;
  for (const std::string& file : options.data) settings.files.emplace_back(file);
  settings.token_bytes = static_cast<int>(options.token_bytes);
  settings.sequence_length = positive(options.sequence_length, "--seq-length", 4096);
  return chunk_order(settings);
}

std::unique_ptr<TrainingOrder> make_order(const TraceOptions& options) {
  const std::string name = options.order.empty() ? "megatron" : options.order;
  std::vector<std::string> known{"pythia", "olmo"};
  for (const Variant& entry : kVariants) {
    if (name == entry.name) return make_megatron(options, entry.variant);
    known.emplace_back(entry.name);
  }
  if (name == "olmo") return make_chunks(options);
  if (name == "pythia") {
    return row_order(prefix_of(options.path), static_cast<std::int32_t>(options.end_of_document));
  }
  const std::string meant = did_you_mean(name, known);
  fail(ErrorCode::kInvalidArgument, "unknown order '" + name + "'", "--order",
       meant.empty() ? "one of " + join(known, ", ") : meant);
}

}  // namespace

bool is_foreign_order(const TraceOptions& options) {
  const fs::path path = options.path;
  return !options.order.empty() || !options.blend.empty() || path.extension() == ".idx" ||
         path.extension() == ".bin";
}

int trace_foreign_order(const TraceOptions& options) {
  if (!options.document.empty()) {
    fail(ErrorCode::kUnsupported, "documents are looked up in runs of lucie only", "--doc",
         "ask for --step or --token");
  }
  const std::unique_ptr<TrainingOrder> order = make_order(options);
  std::uint64_t first = 0, count = 1, within = 0;
  if (options.token >= 0) {
    first = static_cast<std::uint64_t>(options.token) / order->sequence_length();
    within = static_cast<std::uint64_t>(options.token) % order->sequence_length();
  } else {
    const bool pythia = options.order == "pythia";
    count = positive(options.batch, "--batch", pythia ? 1024 : 0);
    first = (positive(options.step, "--step") - 1) * count;
  }
  if (first >= order->samples()) {
    fail(ErrorCode::kInvalidArgument,
         "there are only " + std::to_string(order->samples()) + " samples",
         options.token >= 0 ? "--token" : "--step");
  }
  const std::uint64_t end = std::min(first + count, order->samples());
  Json pieces = Json::array();
  for (std::uint64_t i = first; i < end; ++i) {
    std::uint64_t at = 0;
    const Json found = order->pieces_of(i);
    for (const Json& piece : found.items()) {
      const auto tokens =
          static_cast<std::uint64_t>(piece.at("end").as_int() - piece.at("begin").as_int());
      const bool wanted = options.token < 0 || (within >= at && within < at + tokens);
      at += tokens;
      if (!wanted) continue;
      Json entry = Json::object();
      entry["sample"] = i;
      for (const auto& [key, value] : piece.members()) entry[key] = value;
      pieces.push_back(std::move(entry));
    }
  }
  Json head = Json::object();
  head[options.token >= 0 ? "token" : "step"] = options.token >= 0 ? options.token : options.step;
  print_pieces(options.token >= 0
                   ? "token " + std::to_string(options.token) + ": sample " + std::to_string(first)
                   : "step " + std::to_string(options.step) + ": samples " + std::to_string(first) +
                         " to " + std::to_string(end - 1),
               head, pieces);
  return 0;
}

}  // namespace lucie
