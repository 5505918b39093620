// For the writer of torch files only: pickles of protocol 2, the one that torch.save writes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "formats/stored_tensor.h"

namespace lucie {

class PickleWriter {
 public:
  PickleWriter();
  void value(const Json& value);
  void record(const Json& attributes);  // an object, as an argparse.Namespace
  // A row-major tensor that is all of the storage `key`.
  void tensor(const StoredTensor& tensor, std::string_view key);
  void text(std::string_view text);
  void integer(std::int64_t value);

  void open_dict() { out_ += "}("; }  // then key, value, key, value ...
  void close_dict() { out_ += 'u'; }
  const std::string& finish();

 private:
  void global(std::string_view name);  // "torch.FloatStorage"
  void dimensions(const Shape& shape, bool strides);

  std::string out_;
};

}  // namespace lucie
