// Pickles, read as data: nothing is ever executed (docs/formats/torch.md). A pickle is a program
// for a machine with a stack; its operations for plain values are carried out, and where it would
// call something, a kCall remembers what and with which arguments. Only calls of a fixed list are
// taken (formats/pickle_globals.cpp): tensors, plain containers, records of attributes. Any other
// is Error{kUnsupported} with its name and offset. Protocols 2 to 5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lucie {

enum class PickleKind : std::uint8_t {
  kNone,
  kBool,
  kInt,
  kLong,  // an integer beyond 64 bits
  kFloat,
  kText,
  kBytes,
  kList,
  kTuple,
  kSet,
  kDict,
  kGlobal,      // a class or function, by its name
  kCall,        // what would be called, and made of it
  kPersistent,  // a reference out of the pickle: PyTorch's storages
};

using PickleId = std::uint32_t;  // of a value: values refer to one another, even in circles

struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  std::uint64_t offset = 0;  // in the file, of the operation that made it
  std::int64_t integer = 0;  // kBool, kInt
  double real = 0;           // kFloat
  std::string_view text;     // kText (UTF-8), kBytes, kLong (little-endian), kGlobal ("torch.Size")
  // kList, kTuple, kSet: the elements. kDict: key, value, key, value ... kPersistent: its id.
  // kCall: the global, its arguments (a kTuple), then the state that was put into the result.
  std::vector<PickleId> items;
};

class Pickle {
 public:
  // `file` up to the end of the pickle, which begins at `begin`. Anything that contradicts the
  // format, more than 4 million values: Error{kCorrupt} or Error{kUnsupported} at "path:offset".
  Pickle(std::span<const std::byte> file, std::uint64_t begin, std::string path);
  Pickle(Pickle&&) = default;

  const PickleValue& root() const { return values_[root_]; }
  const PickleValue& operator[](PickleId id) const { return values_[id]; }
  const PickleValue& item(const PickleValue& value, std::size_t i) const {
    return values_[value.items[i]];
  }
  std::uint64_t end() const { return end_; }  // of the pickle, in the file
  std::string place(const PickleValue& value) const;
  [[noreturn]] void corrupt(const PickleValue& value, const std::string& message) const;

  // The name of what a kCall would call.
  std::string_view callee(const PickleValue& call) const { return item(call, 0).text; }
  // Of a kCall: its i-th argument, nullptr when it has fewer.
  const PickleValue* argument(const PickleValue& call, std::size_t i) const;

 private:
  friend class PickleMachine;
  std::string path_;
  std::vector<PickleValue> values_;
  std::deque<std::string> texts_;  // those that do not stand in the file as they are
  PickleId root_ = 0;
  std::uint64_t end_ = 0;
};

// What a global is good for, when a pickle calls it.
enum class PickleUse {
  kDict,   // makes a dictionary
  kTuple,  // makes a tuple of what it is given
  kSet,
  kBytes,   // makes bytes of what it is given
  kEncode,  // text to bytes
  kRecord,  // an object that is its attributes, or an enumeration's number
  kTorch,   // the reader of torch files knows
};

struct PickleGlobal {
  std::string_view name;  // "collections.OrderedDict"; Python 2's "__builtin__" is "builtins"
  PickleUse use;
};

// nullptr: not one that is taken.
const PickleGlobal* find_pickle_global(std::string_view module, std::string_view name);

}  // namespace lucie
