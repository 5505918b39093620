#include "formats/torch_tensor.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace lucie {
namespace {

constexpr std::string_view kRebuild = "torch._utils._rebuild_tensor";
constexpr std::string_view kParameter = "torch._utils._rebuild_parameter";
constexpr std::size_t kDTypeArgument = 6;  // of _rebuild_tensor_v3

// Whether elements lie one after the other; a stride over a single element means nothing.
bool is_row_major(const std::vector<std::int64_t>& sizes,
                  const std::vector<std::int64_t>& strides) {
  std::int64_t expected = 1;
  for (std::size_t i = sizes.size(); i-- > 0;) {
    if (sizes[i] != 1 && strides[i] != expected) return false;
    expected *= sizes[i];  // stored_shape has bounded the product
  }
  return true;
}

bool is_untyped(std::string_view storage) {
  return storage.ends_with("UntypedStorage");
}

template <class T>
Json number_of(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof(value));
  if constexpr (std::is_floating_point_v<T>) return static_cast<double>(value);
  return static_cast<std::int64_t>(value);
}

}  // namespace

bool TorchTensors::makes_tensor(std::string_view callee) {
  return callee.starts_with(kRebuild) || callee.starts_with(kParameter);
}

const PickleValue& TorchTensors::argument(const PickleValue& call, std::size_t i,
                                          PickleKind kind) const {
  const PickleValue* value = pickle_.argument(call, i);
  if (value == nullptr || value->kind != kind) {
    pickle_.corrupt(call, "'" + std::string(pickle_.callee(call)) + "' with wrong arguments");
  }
  return *value;
}

std::vector<std::int64_t> TorchTensors::integers(const PickleValue& tuple) const {
  std::vector<std::int64_t> values;
  for (std::size_t i = 0; i < tuple.items.size(); ++i) {
    const PickleValue& item = pickle_.item(tuple, i);
    if (item.kind != PickleKind::kInt || item.integer < 0) {
      pickle_.corrupt(tuple, "shape or stride that is not of counts");
    }
    values.push_back(item.integer);
  }
  return values;
}

// ("storage", type, key, where it was, number of elements)
TorchTensors::Storage TorchTensors::storage_of(const PickleValue& reference) const {
  const PickleValue& id = pickle_.item(reference, 0);
  const auto part = [&](std::size_t i, PickleKind kind) -> const PickleValue& {
    if (id.kind != PickleKind::kTuple || id.items.size() < 5 || pickle_.item(id, i).kind != kind) {
      pickle_.corrupt(reference, "reference to something else than a storage");
    }
    return pickle_.item(id, i);
  };
  if (part(0, PickleKind::kText).text != "storage") {
    pickle_.corrupt(reference, "reference to something else than a storage");
  }
  const std::string_view type = part(1, PickleKind::kGlobal).text;
  Storage storage{};
  storage.type = torch::by_storage(type);
  if (storage.type == nullptr && !is_untyped(type)) {
    pickle_.corrupt(reference, "'" + std::string(type) + "' is no type of storage");
  }
  const std::string key(part(2, PickleKind::kText).text);
  storage.member = zip_.find(prefix_ + "data/" + key);
  if (storage.member == nullptr) {
    pickle_.corrupt(reference, "storage '" + key + "' is not in the archive");
  }
  storage.elements = part(4, PickleKind::kInt).integer;
  std::uint64_t bytes = 0;
  const int each = storage.type != nullptr ? storage.type->type.block_bytes : 1;
  if (storage.elements < 0 ||
      __builtin_mul_overflow(static_cast<std::uint64_t>(storage.elements),
                             static_cast<std::uint64_t>(each), &bytes) ||
      bytes != storage.member->bytes) {
    pickle_.corrupt(reference, "storage '" + key + "' has " +
                                   std::to_string(storage.member->bytes) + " bytes, not " +
                                   std::to_string(storage.elements) + " elements of " +
                                   std::to_string(each));
  }
  return storage;
}

// The last element that the view reaches must be one of the storage.
void TorchTensors::check_bounds(const PickleValue& call, const View& view,
                                std::int64_t elements) const {
  std::int64_t last = view.offset;
  for (std::size_t i = 0; i < view.sizes.size(); ++i) {
    if (view.sizes[i] == 0) return;
    std::int64_t step = 0;
    if (__builtin_mul_overflow(view.sizes[i] - 1, view.strides[i], &step) ||
        __builtin_add_overflow(last, step, &last)) {
      last = elements;
      break;
    }
  }
  if (last >= elements) pickle_.corrupt(call, "tensor reaches beyond the end of its storage");
}

std::string TorchTensors::add(const PickleValue& outer, const std::string& name) {
  const PickleValue* call = &outer;  // a parameter is the call of another call
  while (pickle_.callee(*call).starts_with(kParameter)) {
    call = &argument(*call, 0, PickleKind::kCall);
  }
  if (!pickle_.callee(*call).starts_with(kRebuild)) {
    pickle_.corrupt(*call, "parameter that is no tensor");
  }
  const Storage storage = storage_of(argument(*call, 0, PickleKind::kPersistent));
  const View view = {.offset = argument(*call, 1, PickleKind::kInt).integer,
                     .sizes = integers(argument(*call, 2, PickleKind::kTuple)),
                     .strides = integers(argument(*call, 3, PickleKind::kTuple))};
  const torch::ElementType* type = storage.type;
  if (type == nullptr) {
    type = torch::by_dtype(argument(*call, kDTypeArgument, PickleKind::kGlobal).text);
    if (type == nullptr) pickle_.corrupt(*call, "tensor without an element type");
  }
  const std::int64_t each = type->type.block_bytes;
  StoredTensor tensor;
  tensor.name = name;
  tensor.shape = stored_shape(view.sizes, pickle_.place(*call));
  if (view.strides.size() != view.sizes.size() || view.offset < 0) {
    pickle_.corrupt(*call, "tensor with wrong strides");
  }
  check_bounds(*call, view, storage.type != nullptr ? storage.elements : storage.elements / each);
  tensor.bytes = stored_bytes(type->type, tensor.shape, pickle_.place(*call));
  tensor.dtype = type->known.value_or(DType::kF32);
  if (!type->known) tensor.foreign_type = type->type.name;
  tensor.offset = storage.member->offset;
  if (tensor.bytes != 0) tensor.offset += static_cast<std::uint64_t>(view.offset * each);
  const std::string text = tensor.type_name() + " " + tensor.shape.str();
  MappedSource::Copy values;
  if (tensor.bytes != 0 && type->known && !is_row_major(view.sizes, view.strides)) {
    values = copy(*call, tensor, view, *storage.member);
  }
  source_.add(std::move(tensor), file_, std::move(values));
  return text;
}

MappedSource::Copy TorchTensors::copy(const PickleValue& call, const StoredTensor& tensor,
                                      const View& view, const ZipMember& member) {
  if (tensor.bytes > member.bytes || tensor.bytes > file_->bytes().size() - copied_) {
    fail(ErrorCode::kUnsupported,
         "tensor '" + tensor.name + "' repeats elements of its storage; it is larger than that",
         pickle_.place(call), "save it with .contiguous()");
  }
  copied_ += tensor.bytes;
  const std::size_t each = tensor.bytes / static_cast<std::size_t>(tensor.shape.numel());
  const std::byte* source = file_->bytes().data() + tensor.offset;
  auto values = std::make_shared<std::vector<std::byte>>(tensor.bytes);
  std::vector<std::int64_t> at(view.sizes.size(), 0);
  for (std::size_t done = 0; done < tensor.bytes; done += each) {
    std::int64_t element = 0;
    for (std::size_t i = 0; i < at.size(); ++i) element += at[i] * view.strides[i];
    std::memcpy(values->data() + done, source + element * static_cast<std::int64_t>(each), each);
    for (std::size_t i = at.size(); i-- > 0 && ++at[i] == view.sizes[i];) at[i] = 0;
  }
  return values;
}

std::optional<Json> numpy_scalar(const Pickle& pickle, const PickleValue& call) {
  if (!pickle.callee(call).ends_with("multiarray.scalar")) return std::nullopt;
  const PickleValue* type = pickle.argument(call, 0);
  const PickleValue* value = pickle.argument(call, 1);
  if (type == nullptr || type->kind != PickleKind::kCall || value == nullptr ||
      value->kind != PickleKind::kBytes) {
    return std::nullopt;
  }
  const PickleValue* code = pickle.argument(*type, 0);
  if (code == nullptr || code->text.size() != 2 ||
      value->text.size() != static_cast<std::size_t>(code->text[1] - '0')) {
    return std::nullopt;
  }
  if (code->text == "f8") return number_of<double>(value->text);
  if (code->text == "f4") return number_of<float>(value->text);
  if (code->text == "i8") return number_of<std::int64_t>(value->text);
  if (code->text == "i4") return number_of<std::int32_t>(value->text);
  if (code->text == "u4") return number_of<std::uint32_t>(value->text);
  if (code->text == "b1") return value->text[0] != '\0';
  return std::nullopt;
}

}  // namespace lucie
