#include "run/recipe.h"

#include "base/error.h"
#include "base/text.h"

namespace lucie {
namespace {

const std::vector<std::string>& sections() {
  static const std::vector<std::string> names{
      "name",  "description", "seed",     "base",     "sources", "corpus", "mixture", "tokenizer",
      "model", "train",       "finetune", "quantize", "eval",    "diary",  "release"};
  return names;
}

// The value at one step of a dotted path; a number picks an element of a list.
Json& step_into(Json& value, const std::string& key, const std::string& assignment) {
  if (!value.is_array()) return value[key];
  const auto index = parse_int(key);
  if (!index || *index < 0 || static_cast<std::size_t>(*index) >= value.size()) {
    fail(ErrorCode::kInvalidArgument,
         "'" + key + "' does not pick one of " + std::to_string(value.size()) + " list entries",
         "--set " + assignment);
  }
  return value.items()[static_cast<std::size_t>(*index)];
}

}  // namespace

const Json& Recipe::section(std::string_view key) const {
  static const Json empty = Json::object();
  const Json* found = root.find(key);
  return found && !found->is_null() ? *found : empty;
}

void apply_override(Json& root, const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    fail(ErrorCode::kInvalidArgument, "expected KEY.KEY=VALUE", "--set " + assignment);
  }
  Json* value = &root;
  for (const std::string& key : split(assignment.substr(0, equals), '.')) {
    if (!value->is_null() && !value->is_object() && !value->is_array()) {
      fail(ErrorCode::kInvalidArgument, "'" + key + "' would be inside a plain value",
           "--set " + assignment);
    }
    value = &step_into(*value, key, assignment);
    if (value->place().empty()) value->set_place("--set " + assignment);
  }
  *value = parse_yaml(assignment.substr(equals + 1), "--set " + assignment);
}

Recipe recipe_from_json(Json root, const fs::path& path) {
  if (!root.is_object()) {
    fail(ErrorCode::kInvalidArgument, "a recipe is a mapping of sections", path.string());
  }
  refuse_unknown_keys(root, sections());
  return Recipe{path, std::move(root)};
}

Recipe load_recipe(const fs::path& path, const std::vector<std::string>& overrides) {
  if (!fs::exists(path)) {
    fail(ErrorCode::kNotFound, "no such recipe", path.string(), "try recipes/tiny.yaml");
  }
  Json root = read_yaml(path);
  for (const std::string& assignment : overrides) apply_override(root, assignment);
  return recipe_from_json(std::move(root), path);
}

}  // namespace lucie
