// Who does not want to be read: lists of hosts and of addresses whose owners refuse (robots.txt,
// ai.txt, a reservation of text and data mining), as others collected them. Nothing is fetched.
//
// A list is a text file, an entry a line, "#" begins a remark:
//
//   example.org                 the host and all hosts below it (www.example.org)
//   example.org/private/        addresses of this host that begin so
//   https://example.org/a?b=1   the same; the scheme does not count
//
// Hosts are compared without case, ports and user names; paths as they are written, case and all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/json.h"

namespace lucie {

class OptOutList {
 public:
  // A line that is neither a host nor an address is Error{kCorrupt} with its number.
  static OptOutList parse(std::string_view text, const std::string& name);
  // Whether an entry covers the address. What has no host ("file:...") is never covered.
  bool covers(std::string_view url) const;
  std::size_t size() const { return keys_.size(); }

 private:
  // Sorted; "org.example/" for a host, "org.example/private/" for an address; no entry begins with
  // another one. Half a million hosts take about 40 MB.
  std::vector<std::string> keys_;
};

class OptOutSettings {
 public:
  // `corpus.opt_out`: a list of paths, or of {path, reason}; without a reason the file's name is
  // it.
  static OptOutSettings from_json(const Json& json);
  // Reason of the first list that covers the address; empty when none does.
  std::string reason_for(std::string_view url) const;
  bool any() const { return !lists_.empty(); }

 private:
  struct Named {
    std::string reason;
    OptOutList list;
  };
  std::vector<Named> lists_;
};

}  // namespace lucie
