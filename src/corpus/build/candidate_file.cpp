#include "corpus/build/candidate_file.h"

#include <cstring>
#include <iterator>
#include <string_view>

#include "base/error.h"

namespace lucie {

namespace {

constexpr std::string Document::*kTexts[] = {&Document::id,           &Document::text,
                                             &Document::source,       &Document::licence,
                                             &Document::evidence,     &Document::language,
                                             &Document::url,          &Document::added,
                                             &Document::created,      &Document::page,
                                             &Document::format,       &Document::title,
                                             &Document::hash,         &Document::author_died,
                                             &Document::provenance,   &Document::code_language,
                                             &Document::rights_holder};
// A member that is missing above would be lost without a word.
static_assert(sizeof(Document) == std::size(kTexts) * sizeof(std::string));

void put(std::string* out, std::uint64_t value) {
  out->append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put(std::string* out, std::string_view text) {
  put(out, std::uint64_t{text.size()});
  out->append(text);
}

class Parser {
 public:
  Parser(std::string_view bytes, const fs::path& path) : bytes_(bytes), path_(path) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string text() { return std::string(take(number())); }
  std::size_t rest() const { return bytes_.size(); }

 private:
  std::string_view take(std::uint64_t size) {
    if (size > bytes_.size()) {
      fail(ErrorCode::kCorrupt, "a document of the build is cut short", path_.string(),
           "remove the folder of the build and start it again");
    }
    const std::string_view taken = bytes_.substr(0, static_cast<std::size_t>(size));
    bytes_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view bytes_;
  const fs::path& path_;
};

}  // namespace

void CandidateWriter::write(const Candidate& candidate) {
  record_.clear();
  for (const auto member : kTexts) put(&record_, candidate.document.*member);
  put(&record_, candidate.dropped_by);
  put(&record_, candidate.reason);
  put(&record_, candidate.measured);
  put(&record_, std::uint64_t{candidate.failed});
  put(&record_, candidate.bytes_read);
  put(&record_, std::uint64_t{candidate.changes.entries().size()});
  for (const auto& [name, count] : candidate.changes.entries()) {
    put(&record_, name);
    put(&record_, count);
  }
  file_.write(record_);
}

bool CandidateReader::next(Candidate* candidate) {
  while (at_ == text_.size()) {
    if (frame_ == file_.frames().size()) return false;
    text_ = file_.text(frame_++);
    at_ = 0;
  }
  Parser parser(std::string_view(text_).substr(at_), file_.path());
  *candidate = Candidate();
  for (const auto member : kTexts) candidate->document.*member = parser.text();
  candidate->dropped_by = parser.text();
  candidate->reason = parser.text();
  candidate->measured = parser.text();
  candidate->failed = parser.number() != 0;
  candidate->bytes_read = parser.number();
  for (std::uint64_t left = parser.number(); left > 0; --left) {
    const std::string name = parser.text();
    candidate->changes.add(name, parser.number());
  }
  at_ = text_.size() - parser.rest();
  return true;
}

}  // namespace lucie
