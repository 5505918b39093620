// A GGUF, or all files of a split one, as a WeightSource.
#include <cinttypes>
#include <cstdio>

#include "base/error.h"
#include "formats/gguf.h"
#include "formats/mapped_source.h"
#include "formats/weight_source.h"

namespace lucie {
namespace {

constexpr char kCount[] = "split.count";
constexpr char kNumber[] = "split.no";
constexpr char kTensors[] = "split.tensors.count";
constexpr std::int64_t kMaxFiles = 99999;  // five digits in the names

// "-00002-of-00003.gguf"
std::string ending(std::int64_t number, std::int64_t count) {
  char text[64];
  std::snprintf(text, sizeof(text), "-%05" PRId64 "-of-%05" PRId64 ".gguf", number, count);
  return text;
}

// What stands before the ending in the name of the first file.
std::string prefix_of(const GgufReader& first, std::int64_t count) {
  const std::string path = first.file()->path().string();
  const std::int64_t number = first.integer(kNumber, -1);
  if (number != 0) {
    fail(ErrorCode::kInvalidArgument,
         "this is file " + std::to_string(number + 1) + " of a GGUF split into " +
             std::to_string(count),
         path, "name the first of them");
  }
  const std::string end = count <= kMaxFiles ? ending(1, count) : std::string();
  if (end.empty() || !path.ends_with(end)) {
    fail(ErrorCode::kCorrupt,
         "a GGUF split into " + std::to_string(count) + " files, but not named as one", path,
         "the names end with " + ending(1, 2));
  }
  return path.substr(0, path.size() - end.size());
}

void add_part(const fs::path& path, std::int64_t number, std::int64_t count, MappedSource* source) {
  if (!fs::exists(path)) {
    fail(ErrorCode::kNotFound, "a file of the split GGUF is missing", path.string(),
         "fetch the model again");
  }
  const GgufReader part(path);
  if (part.integer(kNumber, -1) != number || part.integer(kCount, -1) != count) {
    fail(ErrorCode::kCorrupt,
         std::string("'") + kNumber + "' and '" + kCount + "' are not those of its name",
         path.string());
  }
  source->add(part.tensors(), part.file());
}

}  // namespace

std::unique_ptr<WeightSource> view_gguf(const GgufReader& reader) {
  const std::string place = reader.file()->path().string();
  auto source = std::make_unique<MappedSource>(place);
  source->add(reader.tensors(), reader.file());
  const std::int64_t count = reader.integer(kCount, 1);
  if (count > 1) {
    const std::string prefix = prefix_of(reader, count);
    for (std::int64_t number = 1; number < count; ++number) {
      add_part(prefix + ending(number + 1, count), number, count, source.get());
    }
    const auto tensors = static_cast<std::int64_t>(source->tensors().size());
    if (reader.integer(kTensors, tensors) != tensors) {
      fail(ErrorCode::kCorrupt,
           "the files hold " + std::to_string(tensors) + " tensors, '" + kTensors + "' says " +
               std::to_string(reader.integer(kTensors, 0)),
           place);
    }
  }
  source->finish();
  return source;
}

std::unique_ptr<WeightSource> open_gguf(const fs::path& file) {
  return view_gguf(GgufReader(file));
}

}  // namespace lucie
