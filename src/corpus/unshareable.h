// What keeps text of unshareable sources on this machine: names that do not give it away, and a
// mark on every folder that holds some of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "corpus/sources.h"

namespace lucie {

// Under which documents are spoken of where others may listen. An id holds a hash of its text, so
// whoever has a text could tell whether it was trained on: of unshareable sources it is replaced by
// a keyed one, whose key stays in the run's directory.
class SpokenNames {
 public:
  // RUN/unshareable.key, drawn on first need and readable by its owner only. Nothing is drawn for a
  // registry without unshareable sources.
  SpokenNames(const fs::path& run, const SourceRegistry& registry);

  // "clinic:keyed-0f3a..." for a document of an unshareable source, else the id itself.
  std::string of(std::string_view source, const std::string& id) const;
  bool is_hidden(std::string_view source) const { return hidden_.contains(std::string(source)); }

 private:
  std::set<std::string> hidden_;
  std::string key_;
};

// Writes `UNSHAREABLE` into a folder that holds text (or tokens) of sources that may not be shown,
// given by their ids; nothing when there are none.
void mark_unshareable(const fs::path& dir, const std::set<std::string>& ids);
// The first such mark in `dir` or below, or nothing.
std::optional<fs::path> find_unshareable(const fs::path& dir);

}  // namespace lucie
