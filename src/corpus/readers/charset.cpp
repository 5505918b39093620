#include "corpus/readers/charset.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.h"
#include "base/text.h"
#include "corpus/readers/page.h"

namespace lucie {

namespace {

constexpr std::size_t kHeadBytes = 4096;  // the standard asks for 1024; pages put it later

struct Label {
  std::string_view name;
  const char* iconv;
};
// Where the web means another encoding than the name says.
constexpr std::array<Label, 20> kLabels = {
    Label{"ascii", "CP1252"},        Label{"us-ascii", "CP1252"},
    Label{"iso-8859-1", "CP1252"},   Label{"iso8859-1", "CP1252"},
    Label{"latin1", "CP1252"},       Label{"l1", "CP1252"},
    Label{"windows-1252", "CP1252"}, Label{"iso-8859-9", "CP1254"},
    Label{"latin5", "CP1254"},       Label{"iso-8859-11", "CP874"},
    Label{"tis-620", "CP874"},       Label{"gb2312", "GB18030"},
    Label{"gbk", "GB18030"},         Label{"x-gbk", "GB18030"},
    Label{"shift_jis", "CP932"},     Label{"shift-jis", "CP932"},
    Label{"sjis", "CP932"},          Label{"x-sjis", "CP932"},
    Label{"euc-kr", "CP949"},        Label{"ks_c_5601-1987", "CP949"},
};

// "windows-1252" of `charset="windows-1252"` or `charset=windows-1252;`.
std::string charset_value(std::string_view text) {
  for (std::size_t at; (at = text.find("charset")) != std::string_view::npos;) {
    text.remove_prefix(at + 7);
    std::string_view value = trim(text.substr(0, 100));
    if (!value.starts_with('=')) continue;
    value = trim(value.substr(1));
    while (value.starts_with('"') || value.starts_with('\'')) value.remove_prefix(1);
    const std::string_view name = value.substr(0, value.find_first_of("\"'; />\t\r\n"));
    if (!name.empty()) return std::string(name);
  }
  return {};
}

// Only of <meta ...>: scripts speak of charsets too.
std::string meta_charset(std::string_view head) {
  for (std::size_t at = 0; (at = head.find("<meta", at)) != std::string_view::npos; ++at) {
    std::string name = charset_value(head.substr(at, head.find('>', at) - at));
    if (!name.empty()) return name;
  }
  return {};
}

class Converter {
 public:
  explicit Converter(const std::string& from) : handle_(iconv_open("UTF-8", from.c_str())) {}
  ~Converter() {
    if (good()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  bool good() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  std::string convert(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size() + bytes.size() / 4);
    std::array<char, 1 << 14> chunk;
    char* in = const_cast<char*>(bytes.data());
    for (std::size_t left = bytes.size(); left > 0;) {
      char* out = chunk.data();
      std::size_t room = chunk.size();
      const std::size_t result = iconv(handle_, &in, &left, &out, &room);
      text.append(chunk.data(), chunk.size() - room);
      if (result != static_cast<std::size_t>(-1) || errno == E2BIG) continue;
      append_utf8(text, 0xFFFD);
      if (errno == EINVAL) break;  // the text ends within a character
      ++in;
      --left;
    }
    return text;
  }

 private:
  iconv_t handle_;
};

}  // namespace

std::string html_charset(std::string_view bytes, std::string_view stated) {
  if (bytes.starts_with("\xEF\xBB\xBF")) return "utf-8";
  if (bytes.starts_with("\xFE\xFF")) return "utf-16be";
  if (bytes.starts_with("\xFF\xFE")) return "utf-16le";
  if (!stated.empty()) return to_lower_ascii(stated);
  const std::string name = meta_charset(to_lower_ascii(bytes.substr(0, kHeadBytes)));
  // A page in which "<meta" can be read is not in UTF-16, whatever it says.
  return name.starts_with("utf-16") ? "utf-8" : name;
}

std::optional<std::string> decode_charset(std::string_view bytes, std::string_view charset) {
  const std::string name = to_lower_ascii(trim(charset));
  if (name.empty() || name.size() > 40 || name.find('/') != std::string::npos) return std::nullopt;
  const auto label = std::find_if(kLabels.begin(), kLabels.end(),
                                  [&](const Label& entry) { return entry.name == name; });
  Converter converter(label == kLabels.end() ? name : label->iconv);
  if (!converter.good()) return std::nullopt;
  return converter.convert(bytes);
}

std::string html_to_utf8(std::string_view bytes, std::string_view stated) {
  const std::string charset = html_charset(bytes, stated);
  if (charset.starts_with("utf-16")) bytes.remove_prefix(std::min<std::size_t>(2, bytes.size()));
  // Pages in UTF-8 that claim another encoding are common, the other way round they hardly exist.
  if (charset.empty() || (!charset.starts_with("utf-16") && is_valid_utf8(bytes))) {
    return to_utf8(bytes);
  }
  std::optional<std::string> text = decode_charset(bytes, charset);
  return text ? *std::move(text) : to_utf8(bytes);
}

}  // namespace lucie
