// Globals, what is made of them instead of calling them, and how that is looked at.
#include "base/error.h"
#include "base/text.h"
#include "formats/pickle_machine.h"

namespace lucie {

bool PickleMachine::call(std::uint8_t op) {
  switch (op) {
    case 'c': {
      const std::string_view module = line();
      push_global(module, line());
      return true;
    }
    case 0x93: {
      const PickleId name = pop(), module = pop();
      if (value(name).kind != PickleKind::kText || value(module).kind != PickleKind::kText) {
        cursor_.corrupt("name of a global that is not text");
      }
      push_global(value(module).text, value(name).text);
      return true;
    }
    case 'R':
    case 0x81: {
      const PickleId arguments = pop();
      push_call(pop(), arguments);
      return true;
    }
    case 'b':
      build();
      return true;
    case 'Q':
      push_items(PickleKind::kPersistent, {pop()});
      return true;
    default:
      return false;
  }
}

std::string_view PickleMachine::line() {
  std::uint64_t length = 0;
  ByteCursor ahead = cursor_;
  while (ahead.number<char>("the name of a global") != '\n') ++length;
  const std::string_view text = cursor_.text(length, "the name of a global");
  cursor_.take(1, "the name of a global");
  return text;
}

void PickleMachine::push_global(std::string_view module, std::string_view name) {
  const PickleGlobal* global = find_pickle_global(module, name);
  if (global == nullptr) {
    fail(ErrorCode::kUnsupported,
         "the pickle asks for '" + std::string(module) + "." + std::string(name) +
             "', which is neither a tensor nor plain data",
         pickle_.path_ + ":" + std::to_string(offset_),
         "nothing of a file is ever executed; save the tensors alone: "
         "torch.save(model.state_dict(), file)");
  }
  PickleValue& result = push(PickleKind::kGlobal);
  result.text = global->name;
  result.integer = static_cast<std::int64_t>(global->use);
}

void PickleMachine::push_call(PickleId callee, PickleId arguments) {
  if (value(callee).kind != PickleKind::kGlobal || value(arguments).kind != PickleKind::kTuple) {
    cursor_.corrupt("pickle calls something that is no global");
  }
  const auto elements = [&] {  // of the collection that is the first argument
    const std::vector<PickleId>& given = value(arguments).items;
    return given.empty() ? std::vector<PickleId>() : value(given[0]).items;
  };
  switch (static_cast<PickleUse>(value(callee).integer)) {
    case PickleUse::kDict:
      return push_dict(value(arguments));
    case PickleUse::kTuple:
      return push_items(PickleKind::kTuple, elements());
    case PickleUse::kSet:
      return push_items(PickleKind::kSet, elements());
    case PickleUse::kBytes:
    case PickleUse::kEncode:
      return push_bytes(value(arguments));
    case PickleUse::kRecord:
    case PickleUse::kTorch:
      return push_items(PickleKind::kCall, {callee, arguments});
  }
}

// OrderedDict() or OrderedDict([[key, value], ...]); defaultdict(factory).
void PickleMachine::push_dict(const PickleValue& arguments) {
  std::vector<PickleId> items;
  for (const PickleId id : arguments.items) {
    if (value(id).kind != PickleKind::kList) continue;
    for (const PickleId pair : value(id).items) {
      if (value(pair).items.size() != 2) cursor_.corrupt("dictionary of something else than pairs");
      items.insert(items.end(), value(pair).items.begin(), value(pair).items.end());
    }
  }
  push_items(PickleKind::kDict, std::move(items));
}

// Bytes before protocol 3: text whose code points are the bytes, and "latin1".
void PickleMachine::push_bytes(const PickleValue& arguments) {
  if (arguments.items.empty()) {
    push(PickleKind::kBytes);
    return;
  }
  const PickleValue& source = value(arguments.items[0]);
  if (source.kind == PickleKind::kBytes) {
    const std::string_view text = source.text;
    push(PickleKind::kBytes).text = text;
    return;
  }
  if (source.kind != PickleKind::kText) cursor_.corrupt("bytes of something else than text");
  std::string bytes;
  for (std::size_t at = 0; at < source.text.size();) {
    const char32_t code = next_code_point(source.text, &at);
    if (code > 0xff) cursor_.corrupt("bytes of text that is not Latin-1");
    bytes.push_back(static_cast<char>(code));
  }
  spend(bytes.size());
  push(PickleKind::kBytes).text = pickle_.texts_.emplace_back(std::move(bytes));
}

void PickleMachine::build() {
  const PickleId state = pop();
  const PickleId id = pop();
  stack_.push_back(id);
  PickleValue& target = value(id);
  // Attributes of a dictionary: PyTorch's state_dict() has a _metadata of module versions.
  if (target.kind == PickleKind::kDict) return;
  if (target.kind != PickleKind::kCall || target.items.size() != 2) {
    cursor_.corrupt("pickle puts a state into something that has none");
  }
  target.items.push_back(state);
}

std::string Pickle::place(const PickleValue& value) const {
  return path_ + ":" + std::to_string(value.offset);
}

void Pickle::corrupt(const PickleValue& value, const std::string& message) const {
  fail(ErrorCode::kCorrupt, message, place(value));
}

const PickleValue* Pickle::argument(const PickleValue& call, std::size_t i) const {
  const PickleValue& arguments = item(call, 1);
  return i < arguments.items.size() ? &item(arguments, i) : nullptr;
}

}  // namespace lucie
