#include "formats/warc.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace lucie {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 17;
constexpr std::size_t kMaxHeaderBytes = std::size_t{1} << 18;  // URLs of some kB are seen
constexpr std::size_t kMaxFields = 1000;
bool is_version(std::string_view line) {
  return line.starts_with("WARC/1.") || line.starts_with("WARC/0.1");
}

std::string without_brackets(std::string_view uri) {
  if (uri.starts_with('<') && uri.ends_with('>')) uri = uri.substr(1, uri.size() - 2);
  return std::string(uri);
}

}  // namespace

std::string_view WarcRecord::field(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return {};
}

WarcReader::WarcReader(const fs::path& path)
    : path_(path), source_(open_byte_source(path)), buffer_(kBufferBytes) {}

void WarcReader::fail_corrupt(const std::string& reason) const {
  fail(ErrorCode::kCorrupt, reason, path_.string() + ": record " + std::to_string(number_));
}

bool WarcReader::fill() {
  if (begin_ < end_) return true;
  if (pending_) std::rethrow_exception(std::exchange(pending_, nullptr));
  if (lost_ && !source_->recover()) return false;
  begin_ = end_ = 0;
  lost_ = true;
  end_ = source_->read(buffer_);
  lost_ = false;
  if (member_ != source_->member()) member_starts_ = position_;
  member_ = source_->member();
  return end_ > 0;
}

void WarcReader::consume(std::size_t count) {
  begin_ += count;
  position_ += count;
}

// Without its end, "\r\n" or "\n"; what is beyond the limit of headers is passed over. False at the
// end of the file.
bool WarcReader::read_line(std::string* line) {
  line->clear();
  if (!fill()) return false;
  for (bool more = true; more; more = fill()) {
    const std::size_t newline = window().find('\n');
    const std::string_view part = window().substr(0, newline);
    *line += part.substr(0, kMaxHeaderBytes - line->size());
    consume(part.size());
    if (newline == std::string_view::npos) continue;
    consume(1);
    break;
  }
  if (line->ends_with('\r')) line->pop_back();
  return true;
}

void WarcReader::skip(std::uint64_t count) {
  while (count > 0) {
    if (!fill()) fail_corrupt("a WARC record that is cut short");
    const std::size_t part = std::min<std::uint64_t>(count, window().size());
    consume(part);
    count -= part;
  }
}

bool WarcReader::next(WarcRecord* record) {
  const bool looking = std::exchange(astray_, true);  // whatever is thrown from here on
  if (!looking) skip(std::exchange(left_, 0));
  std::string line;
  do {
    if (!fill()) return false;
    record_starts_ = position_;
    record->offset = member_ > 0 ? member_ : position_;
    if (!read_line(&line)) return false;
  } while (line.empty() || (looking && !is_version(line)));
  ++number_;
  if (!is_version(line)) fail_corrupt("no WARC record where one should begin");
  read_header(record);
  astray_ = false;
  return true;
}

void WarcReader::read_header(WarcRecord* record) {
  record->fields.clear();
  std::size_t size = 0;
  std::string line;
  for (;;) {
    if (!read_line(&line)) fail_corrupt("a WARC record that is cut short");
    if (line.empty()) break;
    size += line.size();
    if (size >= kMaxHeaderBytes || record->fields.size() >= kMaxFields) {
      fail_corrupt("a WARC header of more than 256 KiB");
    }
    const std::size_t colon = line.find(':');
    const bool continued = line.front() == ' ' || line.front() == '\t';
    if (continued && !record->fields.empty()) {
      record->fields.back().second += " " + std::string(trim(line));
    } else if (colon != std::string::npos) {
      record->fields.emplace_back(to_lower_ascii(trim(line.substr(0, colon))),
                                  trim(std::string_view(line).substr(colon + 1)));
    } else {
      fail_corrupt("a line of a WARC header that is no field");
    }
  }
  const auto length = parse_int(record->field("content-length"));
  if (!length || *length < 0) fail_corrupt("a WARC record without a length");
  left_ = record->length = static_cast<std::uint64_t>(*length);
  record->type = record->field("warc-type");
  record->id = record->field("warc-record-id");
  record->date = record->field("warc-date");
  record->uri = without_brackets(record->field("warc-target-uri"));
  record->ip = record->field("warc-ip-address");
  record->content_type = record->field("content-type");
}

std::string WarcReader::content(std::uint64_t limit) {
  if (left_ > limit) {
    fail_corrupt("a WARC record of more than " + std::to_string(limit) + " bytes");
  }
  astray_ = true;
  std::string content;
  content.reserve(std::min<std::uint64_t>(left_, kBufferBytes));
  while (content.size() < left_) {
    if (!fill()) fail_corrupt("a WARC record that is cut short");
    const std::string_view part = window().substr(0, left_ - content.size());
    content += part;
    consume(part.size());
  }
  left_ = 0;
  check_member_end();
  astray_ = false;
  return content;
}

// The checksum of a member is compared when its end is read, so that is done before its record is
// given out. What the member behind it throws on the way waits for its turn.
void WarcReader::check_member_end() {
  while (!window().empty() && (window().front() == '\r' || window().front() == '\n')) consume(1);
  if (record_starts_ != member_starts_ || !window().empty()) return;
  const std::uint64_t own = member_;
  try {
    fill();
  } catch (const Error&) {
    if (source_->member() == own) throw;
    pending_ = std::current_exception();
  }
}

}  // namespace lucie
