// Conditions and numeric expressions of roff: .if, .ie, .el, and registers.
#include <algorithm>

#include "corpus/readers/roff_input.h"

namespace lucie {

namespace {

constexpr int kMaxDepth = 30;
constexpr std::int64_t kLimit = 1'000'000'000;  // values are clamped: no overflow in products

void skip_spaces(std::string_view* text) {
  while (!text->empty() && (text->front() == ' ' || text->front() == '\t')) text->remove_prefix(1);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "\{" minus "\}" in a line.
int block_balance(std::string_view line) {
  int balance = 0;
  for (std::size_t at = 0; at + 1 < line.size(); ++at) {
    if (line[at] != '\\') continue;
    balance += line[at + 1] == '{' ? 1 : line[at + 1] == '}' ? -1 : 0;
    ++at;
  }
  return balance;
}

}  // namespace

void RoffInput::condition(std::string_view request, std::string_view raw) {
  bool result = false;
  if (request == "el") {
    result = !conditions_.empty() && !conditions_.back();
    if (!conditions_.empty()) conditions_.pop_back();
  } else {
    result = evaluate(&raw);
    if (request == "ie") conditions_.push_back(result);
  }
  take_branch(raw, result);
}

void RoffInput::take_branch(std::string_view rest, bool taken) {
  skip_spaces(&rest);
  const bool block = rest.starts_with("\\{");
  if (!taken) {
    if (block) skip_block(rest);
    return;
  }
  if (block) rest.remove_prefix(2);
  skip_spaces(&rest);
  if (!rest.empty()) push({std::string(rest)}, {});
}

void RoffInput::skip_block(std::string_view rest) {
  int open = block_balance(rest);
  std::string line;
  while (open > 0 && next_line(&line)) open += block_balance(line);
}

bool RoffInput::evaluate(std::string_view* raw) {
  skip_spaces(raw);
  bool negated = false;
  while (raw->starts_with('!')) {
    negated = !negated;
    raw->remove_prefix(1);
  }
  if (raw->empty()) return false;
  const char first = raw->front();
  const bool alone = raw->size() == 1 || (*raw)[1] == ' ' || (*raw)[1] == '\t' || (*raw)[1] == '\\';
  bool result = false;
  if (alone && (first == 'n' || first == 'o' || first == 't' || first == 'v' || first == 'e')) {
    result = first == 'n' || first == 'o';
    raw->remove_prefix(1);
  } else if ((first == 'd' || first == 'r' || first == 'c' || first == 'm' || first == 'F')) {
    raw->remove_prefix(1);
    skip_spaces(raw);
    const std::string name(raw->substr(0, raw->find_first_of(" \t")));
    raw->remove_prefix(name.size());
    if (first == 'd') result = macros_.contains(name) || strings_.contains(name);
    if (first == 'r') result = registers_.contains(name);
  } else if (first == '\'' || first == '"') {
    const std::size_t middle = raw->find(first, 1);
    const std::size_t end =
        middle == std::string_view::npos ? middle : raw->find(first, middle + 1);
    if (end == std::string_view::npos) {
      *raw = {};
      return false;
    }
    result =
        printed(raw->substr(1, middle - 1)) == printed(raw->substr(middle + 1, end - middle - 1));
    raw->remove_prefix(end + 1);
  } else {
    result = number(raw, 0) > 0;
  }
  return result != negated;
}

// Left to right without precedence, as roff does.
std::int64_t RoffInput::number(std::string_view* expression, int depth) {
  std::int64_t value = operand(expression, depth);
  while (!expression->empty()) {
    std::string_view& rest = *expression;
    char operation = rest.front();
    if (std::string_view("+-*/%<>=&:").find(operation) == std::string_view::npos) break;
    rest.remove_prefix(1);
    bool or_equal = false;
    if ((operation == '<' || operation == '>' || operation == '=') && rest.starts_with('=')) {
      or_equal = operation != '=';
      rest.remove_prefix(1);
    }
    const std::int64_t right = operand(expression, depth);
    switch (operation) {
      case '+':
        value += right;
        break;
      case '-':
        value -= right;
        break;
      case '*':
        value *= right;
        break;
      case '/':
        value = right != 0 ? value / right : 0;
        break;
      case '%':
        value = right != 0 ? value % right : 0;
        break;
      case '<':
        value = or_equal ? value <= right : value < right;
        break;
      case '>':
        value = or_equal ? value >= right : value > right;
        break;
      case '=':
        value = value == right;
        break;
      case '&':
        value = value > 0 && right > 0;
        break;
      default:
        value = value > 0 || right > 0;
        break;
    }
    value = std::clamp(value, -kLimit, kLimit);
  }
  return value;
}

std::int64_t RoffInput::operand(std::string_view* expression, int depth) {
  std::string_view& rest = *expression;
  if (rest.empty() || depth > kMaxDepth) {
    rest = {};
    return 0;
  }
  if (rest.front() == '-' || rest.front() == '+') {
    const std::int64_t sign = rest.front() == '-' ? -1 : 1;
    rest.remove_prefix(1);
    return sign * operand(expression, depth + 1);
  }
  if (rest.front() == '(') {
    rest.remove_prefix(1);
    const std::int64_t value = number(expression, depth + 1);
    if (rest.starts_with(')')) rest.remove_prefix(1);
    return value;
  }
  if (rest.starts_with("\\n") && rest.size() > 2) {
    rest.remove_prefix(2);
    std::size_t skip = 0, size = 1;
    if (rest.starts_with('(')) {
      skip = 1, size = 2;
    } else if (rest.starts_with('[')) {
      skip = 1, size = std::min(rest.find(']'), rest.size()) - 1;
    }
    const std::int64_t value =
        register_value(rest.substr(std::min(skip, rest.size())).substr(0, size));
    const std::size_t used = skip + size + (rest.starts_with('[') ? 1 : 0);
    rest.remove_prefix(std::min(used, rest.size()));
    return value;
  }
  if (rest.starts_with("\\w") && rest.size() > 2) {  // width: some number of columns
    const std::size_t end = rest.find(rest[2], 3);
    const std::size_t size = end == std::string_view::npos ? rest.size() : end + 1;
    rest.remove_prefix(size);
    return static_cast<std::int64_t>(size);
  }
  std::int64_t value = 0;
  bool any = false;
  while (!rest.empty() && (is_digit(rest.front()) || rest.front() == '.')) {
    if (is_digit(rest.front())) value = std::min(value * 10 + (rest.front() - '0'), kLimit);
    any = true;
    rest.remove_prefix(1);
  }
  while (any && !rest.empty() &&
         std::string_view("cimnpPuvMf").find(rest.front()) != std::string_view::npos) {
    rest.remove_prefix(1);  // scaling unit
  }
  if (!any) {
    // Neither a name nor a number: what follows cannot be read as an expression; leave it.
    const std::string name(rest.substr(0, rest.find_first_of(" \t")));
    return register_value(name);
  }
  return value;
}

std::int64_t RoffInput::register_value(std::string_view name) const {
  const auto found = registers_.find(name);
  return found == registers_.end() ? 0 : found->second;
}

}  // namespace lucie
