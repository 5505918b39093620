#include <algorithm>
#include <utility>

#include "base/error.h"
#include "tokenizer/chat_template.h"

namespace lucie {
namespace {

using Span = ChatTemplate::Span;

struct Special {
  std::size_t begin = 0, end = 0;
  TokenId id = 0;
};

// Text between special tokens, and where its tokens stand.
struct Segment {
  std::size_t begin = 0, end = 0;
  std::size_t first_token = 0, last_token = 0;  // half open
};

class ChatEncoder {
 public:
  ChatEncoder(const Tokenizer& tokenizer, ChatTemplate::Rendered rendered)
      : tokenizer_(tokenizer), rendered_(std::move(rendered)), text_(rendered_.text) {
    find_specials();
    if (foreign_) {
      encode_pieces();
    } else {
      encode_whole();
    }
  }

  EncodedChat mark(const std::vector<ChatMessage>& messages) && {
    std::vector<bool> assistant(ids_.size());
    for (const Span& span : rendered_.contents) {
      if (messages[span.message].role == "assistant") mark_span(span, &assistant);
    }
    return {std::move(ids_), std::move(assistant)};
  }

 private:
  bool in_content(std::size_t begin, std::size_t end) const {
    const auto& spans = rendered_.contents;
    const auto after = std::partition_point(spans.begin(), spans.end(),
                                            [&](const Span& span) { return span.end <= begin; });
    return after != spans.end() && after->begin < end;
  }

  std::vector<std::pair<std::string, TokenId>> special_tokens() const {
    std::vector<std::pair<std::string, TokenId>> tokens;
    const Json* added = tokenizer_.tokenizer_json().find("added_tokens");
    if (added != nullptr && added->is_array()) {
      for (const Json& token : added->items()) {
        const std::string content = token.get("content", "");
        const auto id = tokenizer_.id(content);
        if (!content.empty() && id && tokenizer_.is_special(*id)) tokens.emplace_back(content, *id);
      }
    }
    std::stable_sort(tokens.begin(), tokens.end(), [](const auto& a, const auto& b) {
      return a.first.size() > b.first.size();  // the longest wins
    });
    return tokens;
  }

  // The special tokens the template wrote; notes whether others stand in or across contents.
  void find_specials() {
    const auto tokens = special_tokens();
    bool starts[256] = {};
    for (const auto& [token, id] : tokens) starts[static_cast<unsigned char>(token[0])] = true;
    for (std::size_t at = 0; at < text_.size();) {
      std::size_t next = at + 1;
      if (starts[static_cast<unsigned char>(text_[at])]) {
        for (const auto& [token, id] : tokens) {
          if (text_.compare(at, token.size(), token) != 0) continue;
          if (in_content(at, at + token.size())) {
            foreign_ = true;
            continue;
          }
          next = at + token.size();
          specials_.push_back({at, next, id});
          break;
        }
      }
      at = next;
    }
  }

  void encode_whole() {
    ids_ = tokenizer_.encode(text_, {.add_special = false, .parse_special = true});
    std::size_t begin = 0, first = 0, found = 0;
    for (std::size_t i = 0; i < ids_.size() && found < specials_.size(); ++i) {
      if (ids_[i] != specials_[found].id) continue;
      segments_.push_back({begin, specials_[found].begin, first, i});
      begin = specials_[found].end;
      first = i + 1;
      ++found;
    }
    if (found < specials_.size()) {
      fail(ErrorCode::kMismatch, "the tokenizer does not find the special tokens of its template",
           "chat template");
    }
    segments_.push_back({begin, text_.size(), first, ids_.size()});
  }

  void encode_pieces() {
    std::size_t begin = 0;
    const auto add_text = [&](std::size_t end) {
      const std::size_t first = ids_.size();
      if (end > begin) {
        const auto ids = tokenizer_.encode(text_.substr(begin, end - begin),
                                           {.add_special = false, .parse_special = false});
        ids_.insert(ids_.end(), ids.begin(), ids.end());
      }
      segments_.push_back({begin, end, first, ids_.size()});
    };
    for (const Special& special : specials_) {
      add_text(special.begin);
      ids_.push_back(special.id);
      begin = special.end;
    }
    add_text(text_.size());
  }

  // How many tokens of segment `s` belong to its text up to byte `end`; a token across that border
  // is counted when `with_border`. Encodes the same text again up to there, from the special token
  // before, as what comes first in a text may be encoded differently.
  std::size_t tokens_up_to(std::size_t s, std::size_t end, bool with_border) const {
    const Segment& segment = segments_[s];
    const std::size_t count = segment.last_token - segment.first_token;
    if (end <= segment.begin) return 0;
    if (end >= segment.end) return count;
    const bool led = s > 0 && !foreign_;
    const std::size_t begin = led ? specials_[s - 1].begin : segment.begin;
    const auto ids = tokenizer_.encode(text_.substr(begin, end - begin),
                                       {.add_special = false, .parse_special = !foreign_});
    const std::size_t skip = led ? 1 : 0;
    std::size_t same = 0;
    while (same < count && same + skip < ids.size() &&
           ids[same + skip] == ids_[segment.first_token + same]) {
      ++same;
    }
    const bool exact = same + skip == ids.size();
    return std::min(count, same + (with_border && !exact ? 1 : 0));
  }

  void mark_span(const Span& span, std::vector<bool>* assistant) const {
    const auto at = std::partition_point(segments_.begin(), segments_.end(),
                                         [&](const auto& s) { return s.end <= span.begin; });
    if (at == segments_.end()) return;
    const auto s = static_cast<std::size_t>(at - segments_.begin());
    const Segment& segment = segments_[s];
    std::size_t first = segment.first_token + tokens_up_to(s, span.begin, false);
    std::size_t last = segment.first_token + tokens_up_to(s, span.end, true);
    const std::string_view rest = std::string_view(text_).substr(span.end, segment.end - span.end);
    const bool blank = rest.find_first_not_of(" \t\r\n") == std::string_view::npos;
    const bool closed =
        s < specials_.size() && (rest.empty() || (blank && specials_[s].id == tokenizer_.eos()));
    if (closed) last = segment.last_token + 1;
    for (; first < last; ++first) (*assistant)[first] = true;
  }

  const Tokenizer& tokenizer_;
  const ChatTemplate::Rendered rendered_;
  const std::string& text_;
  std::vector<Special> specials_;
  bool foreign_ = false;
  std::vector<TokenId> ids_;
  std::vector<Segment> segments_;  // one more than specials
};

std::string token_text(const Tokenizer& tokenizer, std::optional<TokenId> id) {
  return id ? std::string(tokenizer.token(*id)) : std::string();
}

}  // namespace

EncodedChat encode_chat(const Tokenizer& tokenizer, const std::vector<ChatMessage>& messages,
                        bool add_generation_prompt, std::string_view today) {
  if (tokenizer.chat_template().empty()) {
    fail(ErrorCode::kNotFound, "the tokenizer has no chat template", "tokenizer_config.json",
         "this is a base model: use generate, or an instruct model");
  }
  const ChatTemplate chat(tokenizer.chat_template());
  auto rendered =
      chat.render_spans(messages, add_generation_prompt, token_text(tokenizer, tokenizer.bos()),
                        token_text(tokenizer, tokenizer.eos()), today);
  return ChatEncoder(tokenizer, std::move(rendered)).mark(messages);
}

}  // namespace lucie
