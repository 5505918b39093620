// The recipe: one YAML file that describes a run from sources to release (docs/formats/recipe.md).
//
//   Recipe recipe = load_recipe("recipes/tiny.yaml", {"train.precision=fp32"});
//
// Top-level keys are checked here; each section is checked by the room that reads it, at the start
// of the run, before any work.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace lucie {

struct Recipe {
  fs::path path;
  Json root;  // as written, with overrides applied

  std::string name() const { return root.get("name", "run"); }
  std::uint64_t seed() const { return static_cast<std::uint64_t>(root.get("seed", 42)); }
  // A section, or an empty object when the recipe has none.
  const Json& section(std::string_view key) const;
};

// `overrides`: "a.b.0.c=value" with the value in YAML; a key that no section knows is found later,
// by the room that reads it. Unknown top-level key, malformed override: Error{kInvalidArgument}.
Recipe load_recipe(const fs::path& path, const std::vector<std::string>& overrides = {});
Recipe recipe_from_json(Json root, const fs::path& path);
void apply_override(Json& root, const std::string& assignment);

}  // namespace lucie
