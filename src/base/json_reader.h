// parse_json for one text after another, such as the lines of a file: several times as fast, and
// in memory that is used again.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"

namespace lucie {

class JsonReader {
 public:
  JsonReader();
  ~JsonReader();
  JsonReader(JsonReader&&) noexcept;
  JsonReader& operator=(JsonReader&&) noexcept;

  // The value that parse_json(text, name) gives, or its error; but values carry no places, and of
  // an object there are only the members of these names, if any is given. The rest is checked too.
  Json read(std::string_view text, const std::string& name, std::span<const std::string> only = {});
  // For one large text, such as a vocabulary: with the places that parse_json gives.
  Json read_whole(std::string_view text, const std::string& name);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace lucie
