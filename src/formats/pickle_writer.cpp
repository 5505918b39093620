#include "formats/pickle_writer.h"

#include <bit>

#include "base/error.h"
#include "formats/torch_types.h"

namespace lucie {
namespace {

template <class T>
void put(std::string* out, T value) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

}  // namespace

PickleWriter::PickleWriter() : out_("\x80\x02") {}

const std::string& PickleWriter::finish() {
  return out_ += '.';
}

void PickleWriter::text(std::string_view text) {
  out_ += 'X';
  put(&out_, static_cast<std::uint32_t>(text.size()));
  out_ += text;
}

void PickleWriter::integer(std::int64_t value) {
  if (value >= INT32_MIN && value <= INT32_MAX) {
    out_ += 'J';
    put(&out_, static_cast<std::int32_t>(value));
  } else {
    out_ += "\x8a\x08";
    put(&out_, value);
  }
}

void PickleWriter::global(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  out_ += 'c';
  out_ += name.substr(0, dot);
  out_ += '\n';
  out_ += name.substr(dot + 1);
  out_ += '\n';
}

void PickleWriter::value(const Json& value) {
  if (value.is_null()) {
    out_ += 'N';
  } else if (value.is_bool()) {
    out_ += value.as_bool() ? '\x88' : '\x89';
  } else if (value.is_int()) {
    integer(value.as_int());
  } else if (value.is_number()) {
    out_ += 'G';
    put(&out_, __builtin_bswap64(std::bit_cast<std::uint64_t>(value.as_double())));
  } else if (value.is_string()) {
    text(value.as_string());
  } else if (value.is_array()) {
    out_ += "](";
    for (const Json& item : value.items()) this->value(item);
    out_ += 'e';
  } else {
    open_dict();
    for (const auto& [key, member] : value.members()) {
      text(key);
      this->value(member);
    }
    close_dict();
  }
}

void PickleWriter::record(const Json& attributes) {
  global("argparse.Namespace");
  out_ += ")\x81";
  value(attributes);
  out_ += 'b';
}

void PickleWriter::dimensions(const Shape& shape, bool strides) {
  out_ += '(';
  for (int i = 0; i < shape.rank(); ++i) {
    std::int64_t value = shape[i];
    if (strides) {
      value = 1;
      for (int k = i + 1; k < shape.rank(); ++k) value *= shape[k];
    }
    integer(value);
  }
  out_ += 't';
}

void PickleWriter::tensor(const StoredTensor& tensor, std::string_view key) {
  require_readable(tensor, {});
  const torch::ElementType* type = torch::by_known(tensor.dtype);
  if (type == nullptr) {
    fail(ErrorCode::kUnsupported,
         std::string("PyTorch has no element type for ") + dtype_info(tensor.dtype).name,
         tensor.name);
  }
  global("torch._utils._rebuild_tensor_v2");
  out_ += "((";
  text("storage");
  global(type->storage);
  text(key);
  text("cpu");
  integer(tensor.shape.numel());
  out_ += "tQ";
  integer(0);
  dimensions(tensor.shape, false);
  dimensions(tensor.shape, true);
  out_ += '\x89';  // needs no gradient
  global("collections.OrderedDict");
  out_ += ")RtR";  // no hooks
}

}  // namespace lucie
