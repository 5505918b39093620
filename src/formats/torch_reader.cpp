#include <cstring>
#include <optional>

#include "base/error.h"
#include "formats/pickle.h"
#include "formats/torch_file.h"
#include "formats/torch_tensor.h"

namespace lucie {
namespace {

constexpr char kPickle[] = "/data.pkl";
constexpr int kMaxDepth = 100;                // of containers
constexpr std::size_t kMaxNodes = 4'000'000;  // of the tree, in which shared values count again

// Goes through what the pickle made, and gathers the tensors on the way.
class TorchTree {
 public:
  TorchTree(const Pickle& pickle, TorchTensors* tensors) : pickle_(pickle), tensors_(*tensors) {}
  Json read(const PickleValue& value, const std::string& name, int depth);

 private:
  Json read_items(const PickleValue& value, const std::string& name, int depth);
  Json read_dict(const PickleValue& value, const std::string& name, int depth);
  Json read_call(const PickleValue& value, const std::string& name, int depth);
  std::string key_of(const PickleValue& value) const;

  const Pickle& pickle_;
  TorchTensors& tensors_;
  std::size_t nodes_ = 0;
};

std::string child(const std::string& name, const std::string& key) {
  return name.empty() ? key : name + "." + key;
}

Json TorchTree::read(const PickleValue& value, const std::string& name, int depth) {
  if (depth > kMaxDepth) pickle_.corrupt(value, "containers within containers, without end");
  if (++nodes_ > kMaxNodes) pickle_.corrupt(value, "containers that unfold without end");
  switch (value.kind) {
    case PickleKind::kNone:
      return {};
    case PickleKind::kBool:
      return value.integer != 0;
    case PickleKind::kInt:
      return value.integer;
    case PickleKind::kLong:
      return "integer of " + std::to_string(value.text.size()) + " bytes";
    case PickleKind::kFloat:
      return value.real;
    case PickleKind::kText:
      return value.text;
    case PickleKind::kBytes:
      return std::to_string(value.text.size()) + " bytes";
    case PickleKind::kList:
    case PickleKind::kTuple:
    case PickleKind::kSet:
      return read_items(value, name, depth);
    case PickleKind::kDict:
      return read_dict(value, name, depth);
    case PickleKind::kGlobal:
      return value.text;
    case PickleKind::kCall:
      return read_call(value, name, depth);
    case PickleKind::kPersistent:
      return "storage";
  }
  fail(ErrorCode::kInternal, "no such kind of pickled value");
}

Json TorchTree::read_items(const PickleValue& value, const std::string& name, int depth) {
  Json list = Json::array();
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    list.push_back(read(pickle_.item(value, i), child(name, std::to_string(i)), depth + 1));
  }
  return list;
}

std::string TorchTree::key_of(const PickleValue& value) const {
  if (value.kind == PickleKind::kText) return std::string(value.text);
  if (value.kind == PickleKind::kInt || value.kind == PickleKind::kBool) {
    return std::to_string(value.integer);
  }
  fail(ErrorCode::kUnsupported, "dictionary with keys that are neither text nor integers",
       pickle_.place(value));
}

Json TorchTree::read_dict(const PickleValue& value, const std::string& name, int depth) {
  Json object = Json::object();
  for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
    const std::string key = key_of(pickle_.item(value, i));
    Json member = read(pickle_.item(value, i + 1), child(name, key), depth + 1);
    object.members().emplace_back(key, std::move(member));
  }
  return object;
}

Json TorchTree::read_call(const PickleValue& value, const std::string& name, int depth) {
  if (TorchTensors::makes_tensor(pickle_.callee(value))) return tensors_.add(value, name);
  const PickleValue& arguments = pickle_.item(value, 1);
  if (value.items.size() == 3 && pickle_.item(value, 2).kind == PickleKind::kDict) {
    return read_dict(pickle_.item(value, 2), name, depth);  // the attributes of a record
  }
  if (const auto number = numpy_scalar(pickle_, value)) return *number;
  if (pickle_.callee(value).starts_with("numpy.")) return std::string(pickle_.callee(value));
  // An enumeration's number, a device's name.
  if (arguments.items.size() == 1) return read(pickle_.item(arguments, 0), name, depth + 1);
  return read_items(arguments, name, depth);
}

// The first bytes of a pickle of the number 0x1950a86a20f9469cfc6c.
constexpr unsigned char kOldMagic[] = {0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c,
                                       0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};

bool starts_with(std::span<const std::byte> file, const void* magic, std::size_t size) {
  return file.size() >= size && std::memcmp(file.data(), magic, size) == 0;
}

// "archive/data.pkl": the one member of that name in a folder of the archive.
const ZipMember& find_pickle(const ZipDirectory& zip, const std::string& path) {
  const ZipMember* found = nullptr;
  for (const ZipMember& member : zip.members()) {
    if (!member.name.ends_with(kPickle)) continue;
    const std::size_t folder = member.name.size() - (sizeof(kPickle) - 1);
    if (folder == 0 || member.name.find('/') != folder) continue;
    if (found != nullptr) fail(ErrorCode::kCorrupt, "archive with two 'data.pkl'", path);
    found = &member;
  }
  if (found == nullptr) {
    fail(ErrorCode::kCorrupt, "zip archive without 'data.pkl'", path,
         "this is no file of torch.save");
  }
  return *found;
}

void check_byte_order(const ZipDirectory& zip, const std::string& prefix, const MappedFile& file) {
  const ZipMember* order = zip.find(prefix + "byteorder");
  if (order == nullptr) return;  // before PyTorch 2.1
  if (file.text().substr(order->offset, order->bytes) != "little") {
    fail(ErrorCode::kUnsupported, "big-endian file", file.path().string());
  }
}

}  // namespace

bool is_torch_file(std::span<const std::byte> file) {
  return starts_with(file, "PK\3\4", 4) || starts_with(file, kOldMagic, sizeof(kOldMagic));
}

TorchFile::TorchFile(const fs::path& path) {
  const auto file = std::make_shared<const MappedFile>(path);
  if (starts_with(file->bytes(), kOldMagic, sizeof(kOldMagic))) {
    fail(ErrorCode::kUnsupported, "file in PyTorch's form before version 1.6", path.string(),
         "write it anew with a later PyTorch: torch.save(torch.load(file), file)");
  }
  const std::string place = path.string();
  const ZipDirectory zip(file->bytes(), place);
  const ZipMember& member = find_pickle(zip, place);
  const std::string prefix = member.name.substr(0, member.name.size() - sizeof(kPickle) + 2);
  check_byte_order(zip, prefix, *file);
  const Pickle pickle(file->bytes().first(member.offset + member.bytes), member.offset,
                      place);
  weights_ = std::make_unique<MappedSource>(place);
  TorchTensors tensors(pickle, zip, prefix, file, weights_.get());
  contents_ = TorchTree(pickle, &tensors).read(pickle.root(), "", 0);
  weights_->finish();
}

}  // namespace lucie
