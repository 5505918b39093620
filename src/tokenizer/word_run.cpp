#include "tokenizer/word_run.h"

#include <algorithm>

#include "base/error.h"

namespace lucie::training {
namespace {

constexpr std::size_t kRelease = std::size_t{1} << 20;

void append_number(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

}  // namespace

void WordRunWriter::add(std::string_view word, std::uint64_t count) {
  const auto differ = std::mismatch(word.begin(), word.end(), before_.begin(), before_.end());
  const auto shared = static_cast<std::size_t>(differ.first - word.begin());
  record_.clear();
  append_number(record_, shared);
  append_number(record_, word.size() - shared);
  record_ += word.substr(shared);
  append_number(record_, count);
  file_.write(record_);
  before_.assign(word);
}

std::uint64_t WordRunReader::number() {
  const std::string_view bytes = file_.text();
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (at_ == bytes.size()) break;
    const auto byte = static_cast<unsigned char>(bytes[at_++]);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return value;
  }
  fail(ErrorCode::kCorrupt, "a file of word counts is damaged", file_.path().string());
}

bool WordRunReader::next() {
  const std::string_view bytes = file_.text();
  if (at_ == bytes.size()) return false;
  const std::uint64_t shared = number(), rest = number();
  if (shared > word_.size() || rest > bytes.size() - at_) {
    fail(ErrorCode::kCorrupt, "a file of word counts is damaged", file_.path().string());
  }
  word_.resize(shared);
  word_ += bytes.substr(at_, rest);
  at_ += rest;
  count_ = number();
  if (at_ - released_ >= kRelease) {
    file_.release(file_.bytes().subspan(released_, at_ - released_));
    released_ = at_;
  }
  return true;
}

}  // namespace lucie::training
