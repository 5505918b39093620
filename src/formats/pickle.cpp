// The stack, plain values, containers and the memo.
#include <bit>

#include "base/error.h"
#include "base/text.h"
#include "formats/pickle_machine.h"

namespace lucie {
namespace {

constexpr std::size_t kMaxValues = 4'000'000;  // 400 MB; real ones have thousands
// Elements and bytes that operations may copy, since a few bytes of pickle can name a large list.
constexpr std::size_t kMaxCopied = 64'000'000;

}  // namespace

void PickleMachine::run() {
  constexpr std::uint8_t kProtocol = 0x80, kFrame = 0x95, kStop = '.';
  for (;;) {
    offset_ = cursor_.position();
    const auto op = cursor_.number<std::uint8_t>("a pickle");
    if (op == kStop) break;
    if (op == kProtocol) {
      const auto protocol = cursor_.number<std::uint8_t>("a pickle");
      if (protocol < 2 || protocol > 5) {
        fail(ErrorCode::kUnsupported, "pickle protocol " + std::to_string(protocol),
             cursor_.place(), "protocols 2 to 5 are read");
      }
    } else if (op == kFrame) {
      cursor_.count(1, "a frame's length");
    } else if (!plain(op) && !text(op) && !container(op) && !fill(op) && !remember(op) &&
               !call(op)) {
      fail(ErrorCode::kUnsupported, "pickle operation " + std::to_string(op) + " is not read",
           cursor_.place(), "this is no pickle of protocol 2 to 5, or one with objects in it");
    }
  }
  if (!marks_.empty()) cursor_.corrupt("pickle ends after a mark");
  pickle_.root_ = pop();
  if (!stack_.empty()) cursor_.corrupt("pickle ends with several values");
  pickle_.end_ = cursor_.position();
}

PickleValue& PickleMachine::push(PickleKind kind) {
  if (pickle_.values_.size() == kMaxValues) {
    fail(ErrorCode::kUnsupported, "pickle of more than " + std::to_string(kMaxValues) + " values",
         cursor_.place());
  }
  stack_.push_back(static_cast<PickleId>(pickle_.values_.size()));
  PickleValue& value = pickle_.values_.emplace_back();
  value.kind = kind;
  value.offset = offset_;
  return value;
}

PickleId PickleMachine::pop() {
  if (stack_.empty() || (!marks_.empty() && marks_.back() == stack_.size())) {
    cursor_.corrupt("pickle takes a value that is not there");
  }
  const PickleId id = stack_.back();
  stack_.pop_back();
  return id;
}

std::vector<PickleId> PickleMachine::pop_to_mark() {
  if (marks_.empty()) cursor_.corrupt("pickle takes a mark that is not there");
  const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<PickleId> items(begin, stack_.end());
  stack_.erase(begin, stack_.end());
  marks_.pop_back();
  return items;
}

PickleValue& PickleMachine::top(PickleKind kind) {
  const PickleId id = pop();
  stack_.push_back(id);
  if (value(id).kind != kind) cursor_.corrupt("pickle fills something of another kind");
  return value(id);
}

bool PickleMachine::plain(std::uint8_t op) {
  constexpr char kWhat[] = "a number";
  switch (op) {
    case 'N':
      push(PickleKind::kNone);
      return true;
    case 0x88:
    case 0x89:
      push(PickleKind::kBool).integer = op == 0x88;
      return true;
    case 'J':
      push_int(cursor_.number<std::int32_t>(kWhat));
      return true;
    case 'K':
      push_int(cursor_.number<std::uint8_t>(kWhat));
      return true;
    case 'M':
      push_int(cursor_.number<std::uint16_t>(kWhat));
      return true;
    case 0x8a:
      push_long(cursor_.number<std::uint8_t>(kWhat));
      return true;
    case 0x8b:
      push_long(cursor_.number<std::uint32_t>(kWhat));
      return true;
    case 'G': {  // the only big-endian number
      const auto bits = __builtin_bswap64(cursor_.number<std::uint64_t>(kWhat));
      push(PickleKind::kFloat).real = std::bit_cast<double>(bits);
      return true;
    }
    default:
      return false;
  }
}

// Two's complement, little-endian, of any length.
void PickleMachine::push_long(std::uint64_t bytes) {
  const std::string_view digits = cursor_.text(bytes, "an integer");
  if (bytes > sizeof(std::int64_t)) {
    push(PickleKind::kLong).text = digits;
    return;
  }
  const bool negative = bytes != 0 && (static_cast<unsigned char>(digits.back()) & 0x80) != 0;
  std::uint64_t bits = negative ? ~std::uint64_t{0} : 0;
  for (std::size_t i = digits.size(); i-- > 0;) {
    bits = bits << 8 | static_cast<unsigned char>(digits[i]);
  }
  push_int(static_cast<std::int64_t>(bits));
}

bool PickleMachine::text(std::uint8_t op) {
  constexpr char kWhat[] = "a text's length";
  switch (op) {
    case 'X':
      push_text(PickleKind::kText, cursor_.number<std::uint32_t>(kWhat));
      return true;
    case 0x8c:
    case 'U':  // Python 2's str, which was text more often than not
      push_text(PickleKind::kText, cursor_.number<std::uint8_t>(kWhat));
      return true;
    case 'T':
      push_text(PickleKind::kText, cursor_.number<std::uint32_t>(kWhat));
      return true;
    case 0x8d:
      push_text(PickleKind::kText, cursor_.count(1, kWhat));
      return true;
    case 'B':
      push_text(PickleKind::kBytes, cursor_.number<std::uint32_t>(kWhat));
      return true;
    case 'C':
      push_text(PickleKind::kBytes, cursor_.number<std::uint8_t>(kWhat));
      return true;
    case 0x8e:
    case 0x96:
      push_text(PickleKind::kBytes, cursor_.count(1, kWhat));
      return true;
    default:
      return false;
  }
}

void PickleMachine::push_text(PickleKind kind, std::uint64_t length) {
  const std::string_view text = cursor_.text(length, "a text");
  if (kind == PickleKind::kText && !is_valid_utf8(text)) cursor_.corrupt("text that is not UTF-8");
  push(kind).text = text;
}

void PickleMachine::push_items(PickleKind kind, std::vector<PickleId> items) {
  if (kind == PickleKind::kDict && items.size() % 2 != 0) {
    cursor_.corrupt("dictionary with a key without a value");
  }
  spend(items.size());
  push(kind).items = std::move(items);
}

void PickleMachine::spend(std::size_t copied) {
  copied_ += copied;
  if (copied_ > kMaxCopied) {
    fail(ErrorCode::kUnsupported, "pickle copies its values too often", cursor_.place());
  }
}

bool PickleMachine::container(std::uint8_t op) {
  constexpr std::uint8_t kTuple1 = 0x85, kTuple3 = 0x87;
  if (op >= kTuple1 && op <= kTuple3) {
    std::vector<PickleId> items(op - kTuple1 + 1U);
    for (std::size_t i = items.size(); i-- > 0;) items[i] = pop();
    push_items(PickleKind::kTuple, std::move(items));
    return true;
  }
  switch (op) {
    case '(':
      marks_.push_back(stack_.size());
      return true;
    case ']':
      push(PickleKind::kList);
      return true;
    case ')':
      push(PickleKind::kTuple);
      return true;
    case '}':
      push(PickleKind::kDict);
      return true;
    case 0x8f:
      push(PickleKind::kSet);
      return true;
    case 'l':
      push_items(PickleKind::kList, pop_to_mark());
      return true;
    case 't':
      push_items(PickleKind::kTuple, pop_to_mark());
      return true;
    case 'd':
      push_items(PickleKind::kDict, pop_to_mark());
      return true;
    case 0x91:
      push_items(PickleKind::kSet, pop_to_mark());
      return true;
    default:
      return false;
  }
}

bool PickleMachine::fill(std::uint8_t op) {
  std::vector<PickleId> items;
  PickleKind kind = PickleKind::kList;
  switch (op) {
    case 'a':
      items = {pop()};
      break;
    case 'e':
      items = pop_to_mark();
      break;
    case 0x90:
      items = pop_to_mark();
      kind = PickleKind::kSet;
      break;
    case 's': {
      const PickleId last = pop();
      items = {pop(), last};
      kind = PickleKind::kDict;
      break;
    }
    case 'u':
      items = pop_to_mark();
      kind = PickleKind::kDict;
      if (items.size() % 2 != 0) cursor_.corrupt("dictionary with a key without a value");
      break;
    case '0':
      pop();
      return true;
    case '1':
      pop_to_mark();
      return true;
    default:
      return false;
  }
  PickleValue& target = top(kind);
  target.items.insert(target.items.end(), items.begin(), items.end());
  return true;
}

bool PickleMachine::remember(std::uint8_t op) {
  constexpr char kWhat[] = "the number of a remembered value";
  switch (op) {
    case 'q':
      store(cursor_.number<std::uint8_t>(kWhat));
      return true;
    case 'r':
      store(cursor_.number<std::uint32_t>(kWhat));
      return true;
    case 0x94:
      store(static_cast<std::uint32_t>(memo_.size()));
      return true;
    case 'h':
      load(cursor_.number<std::uint8_t>(kWhat));
      return true;
    case 'j':
      load(cursor_.number<std::uint32_t>(kWhat));
      return true;
    default:
      return false;
  }
}

void PickleMachine::store(std::uint32_t index) {
  const PickleId id = pop();
  stack_.push_back(id);
  memo_[index] = id;
  if (memo_.size() > kMaxValues) cursor_.corrupt("pickle remembers too many values");
}

void PickleMachine::load(std::uint32_t index) {
  const auto it = memo_.find(index);
  if (it == memo_.end()) cursor_.corrupt("pickle recalls a value that it did not remember");
  stack_.push_back(it->second);
}

Pickle::Pickle(std::span<const std::byte> file, std::uint64_t begin, std::string path)
    : path_(std::move(path)) {
  PickleMachine(this, file, begin).run();
}

}  // namespace lucie
