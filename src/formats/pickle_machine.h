// For pickle.cpp and pickle_calls.cpp only: the machine that a pickle is a program for. One step
// per operation, each of which makes at most one value, so that neither time nor memory can outgrow
// the file. The operations are those of Python's pickletools.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "formats/byte_cursor.h"
#include "formats/pickle.h"

namespace lucie {

class PickleMachine {
 public:
  PickleMachine(Pickle* pickle, std::span<const std::byte> file, std::uint64_t begin)
      : pickle_(*pickle), cursor_(file, pickle->path_) {
    cursor_.take(begin, "the archive");
  }
  void run();

 private:
  bool plain(std::uint8_t op);      // numbers, None, True, False
  bool text(std::uint8_t op);       // text and bytes
  bool container(std::uint8_t op);  // new lists, tuples, dictionaries, sets
  bool fill(std::uint8_t op);       // what is put into them
  bool remember(std::uint8_t op);   // the memo
  bool call(std::uint8_t op);       // globals and what is made of them

  PickleValue& push(PickleKind kind);
  void spend(std::size_t copied);
  void push_int(std::int64_t value) { push(PickleKind::kInt).integer = value; }
  void push_long(std::uint64_t bytes);
  void push_text(PickleKind kind, std::uint64_t length);
  void push_items(PickleKind kind, std::vector<PickleId> items);
  std::string_view line();  // up to the next line feed
  void push_global(std::string_view module, std::string_view name);
  void push_call(PickleId callee, PickleId arguments);
  void push_dict(const PickleValue& arguments);
  void push_bytes(const PickleValue& arguments);
  void build();
  void store(std::uint32_t index);
  void load(std::uint32_t index);

  PickleId pop();
  std::vector<PickleId> pop_to_mark();
  PickleValue& top(PickleKind kind);
  PickleValue& value(PickleId id) { return pickle_.values_[id]; }

  Pickle& pickle_;
  ByteCursor cursor_;
  std::uint64_t offset_ = 0;  // of the operation
  std::size_t copied_ = 0;
  std::vector<PickleId> stack_;
  std::vector<std::size_t> marks_;  // positions on the stack
  std::unordered_map<std::uint32_t, PickleId> memo_;
};

}  // namespace lucie
