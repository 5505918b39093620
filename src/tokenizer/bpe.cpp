#include "tokenizer/bpe.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "tokenizer/byte_level.h"
#include "tokenizer/unicode.h"

namespace lucie {
Bpe::Bpe(const Vocabulary& vocabulary, std::span<const Merge> merges, const BpeOptions& options)
    : options_(options), merges_(merges), serial_(PieceCache::new_owner()) {
  pages_.assign((0x110000 >> kPageBits), 0);
  symbols_.assign(std::size_t{1} << kPageBits, Symbol());
  std::vector<TokenId> first;
  add_symbols(vocabulary, first);
  if (options_.inner_prefix.empty() && options_.end_suffix.empty()) {
    build_seams(vocabulary, merges, first);
  } else {
    for (TokenId id = 0; id < vocabulary.size(); ++id) {
      if (vocabulary.contains(id)) written_.emplace(vocabulary.token(id), id);
    }
  }
  plain_bytes_ = options_.bytes && written_.empty();
  if (plain_bytes_) {
    std::array<TokenId, 256> ids;
    for (char32_t byte = 0; byte < ids.size(); ++byte) ids[byte] = symbol(byte).id;
    byte_symbols_ = ByteSymbols(merges_, ids);
  }
  if (!options_.ignore_merges) return;
  raw_storage_.reserve(static_cast<std::size_t>(vocabulary.size()));
  for (TokenId id = 0; id < vocabulary.size(); ++id) {
    const auto index = static_cast<std::size_t>(id);
    const bool hidden = index < options_.hidden.size() && options_.hidden[index];
    if (!vocabulary.contains(id) || hidden) continue;
    const std::string_view token = vocabulary.token(id);
    auto raw = options_.bytes ? byte_level::to_bytes(token) : std::string(token);
    if (!raw) continue;
    longest_raw_ = std::max(longest_raw_, raw->size());
    raw_storage_.push_back(std::move(*raw));
    raw_tokens_.emplace(raw_storage_.back(), id);
  }
}

void Bpe::set_symbol(char32_t c, TokenId id) {
  std::uint16_t& page = pages_[c >> kPageBits];
  if (page == 0) {
    page = static_cast<std::uint16_t>(symbols_.size() >> kPageBits);
    symbols_.resize(symbols_.size() + (std::size_t{1} << kPageBits));
  }
  symbols_[std::size_t{page} << kPageBits | (c & kPageMask)].id = id;
}

// Every token that a word can start from before merging.
void Bpe::add_symbols(const Vocabulary& vocabulary, std::vector<TokenId>& first) {
  for (unsigned b = 0; b < 256; ++b) {
    const auto id = vocabulary.find(fmt::format("<0x{:02X}>", b));
    byte_tokens_[b] = options_.byte_fallback && id ? *id : -1;
    if (byte_tokens_[b] >= 0) first.push_back(byte_tokens_[b]);
  }
  if (options_.unknown) first.push_back(*options_.unknown);
  if (options_.bytes) {
    for (unsigned b = 0; b < 256; ++b) {
      const auto id = vocabulary.find(byte_level::character(static_cast<unsigned char>(b)));
      if (!id) continue;
      set_symbol(b, *id);
      first.push_back(*id);
    }
    return;
  }
  for (TokenId id = 0; id < vocabulary.size(); ++id) {
    const std::string_view token = vocabulary.token(id);
    if (token.empty() || token.size() > 4 || !is_valid_utf8(token)) continue;
    std::size_t at = 0;
    const char32_t c = next_code_point(token, &at);
    if (at != token.size()) continue;
    set_symbol(c, id);
    first.push_back(id);
  }
}

// What stands for a character without token decides which seams lie beside it: its byte tokens; or,
// should one be missing, perhaps the unknown token or nothing at all: then there is no seam.
void Bpe::build_seams(const Vocabulary& vocabulary, std::span<const Merge> merges,
                      std::span<const TokenId> first) {
  seams_ = SeamTable(vocabulary, merges, first);
  std::span<const TokenId> fallback = byte_tokens_;
  if (std::count(byte_tokens_.begin(), byte_tokens_.end(), -1) != 0) fallback = {};
  const SeamTable::Class missing = seams_.add_class(fallback);
  for (Symbol& symbol : symbols_) {
    symbol.seam_class = symbol.id < 0 ? missing : seams_.class_of(symbol.id);
  }
}

void Bpe::encode(std::string_view text, std::span<const Span> pieces,
                 std::vector<TokenId>& out) const {
  PieceCache& cache = PieceCache::of_thread(serial_);
  if (plain_bytes_) return encode_words(text, pieces, cache, out);
  for (const Span& span : pieces) {
    encode_piece(text.substr(span.begin, span.end - span.begin), cache, out);
  }
}

// The token that a piece is taken for whole, without merging; else nullptr.
const TokenId* Bpe::whole_token(std::string_view piece) const {
  if (piece.size() > longest_raw_) return nullptr;
  const auto found = raw_tokens_.find(piece);
  return found == raw_tokens_.end() ? nullptr : &found->second;
}

void Bpe::encode_piece(std::string_view text, PieceCache& cache, std::vector<TokenId>& out) const {
  if (text.empty()) return;
  if (const TokenId* whole = whole_token(text)) return out.push_back(*whole);
  if (options_.bytes || !written_.empty()) return encode_bounded(text, cache, out);
  const char* const end = text.data() + text.size();
  const char* begin = text.data();
  const char* at = begin;
  Symbol left = symbol(unicode::code_point(at));
  at += unicode::char_length(static_cast<unsigned char>(*at));
  const char* second = at;
  while (at != end) {
    const auto lead = static_cast<unsigned char>(*at);
    const Symbol right = symbol(lead < 0x80 ? lead : unicode::code_point(at));
    const char* const boundary = at;
    at += unicode::char_length(lead);
    if (!seams_.joins(left.seam_class, right.seam_class)) {
      if (boundary == second && left.id >= 0) {
        out.push_back(left.id);
      } else {
        encode_bounded({begin, boundary}, cache, out);
      }
      begin = boundary;
      second = at;
    }
    left = right;
  }
  encode_bounded({begin, end}, cache, out);
}

void Bpe::encode_bounded(std::string_view piece, PieceCache& cache,
                         std::vector<TokenId>& out) const {
  cache.encode(piece, out, [&] { merge_piece(piece, out); });
}

void Bpe::merge_piece(std::string_view piece, std::vector<TokenId>& out) const {
  if (piece.size() > kLargePiece) {  // before merging much more than the ids: not into `out`
    std::vector<TokenId> symbols;
    symbols.reserve(piece.size());
    first_symbols(piece, symbols);
    const std::size_t merged = merges_.merge(symbols);
    out.insert(out.end(), symbols.begin(), symbols.begin() + static_cast<std::ptrdiff_t>(merged));
    return;
  }
  const std::size_t before = out.size();
  first_symbols(piece, out);
  const std::size_t merged = merges_.merge(std::span(out).subspan(before));
  out.resize(before + merged);
}

bool Bpe::add_fallback(std::string_view character, std::vector<TokenId>& out) const {
  if (!options_.byte_fallback) return false;
  for (const char c : character) {
    if (byte_tokens_[static_cast<unsigned char>(c)] < 0) return false;
  }
  for (const char c : character) out.push_back(byte_tokens_[static_cast<unsigned char>(c)]);
  return true;
}

// The token for the character at `at`, or -1; `written` is set to what was looked up if it is not
// the character itself.
TokenId Bpe::find_symbol(std::string_view piece, std::size_t at, std::size_t length,
                         std::string& written) const {
  const auto lead = static_cast<unsigned char>(piece[at]);
  if (written_.empty()) {
    return symbol(options_.bytes ? lead : unicode::code_point(piece.data() + at)).id;
  }
  written.assign(at > 0 ? options_.inner_prefix : "");
  written += options_.bytes ? byte_level::character(lead) : piece.substr(at, length);
  if (at + length == piece.size()) written += options_.end_suffix;
  const auto found = written_.find(written);
  return found == written_.end() ? -1 : found->second;
}

// As Hugging Face: an unknown token that waits to be fused goes out before the next known
// character, not before byte tokens. Without unknown token the character is dropped.
void Bpe::first_symbols(std::string_view piece, std::vector<TokenId>& out) const {
  bool unknown_waits = false;
  std::string written;
  const auto flush = [&] {
    if (unknown_waits) out.push_back(*options_.unknown);
    unknown_waits = false;
  };
  for (std::size_t at = 0; at < piece.size();) {
    const auto lead = static_cast<unsigned char>(piece[at]);
    const std::size_t length = options_.bytes ? 1 : unicode::char_length(lead);
    const TokenId id = find_symbol(piece, at, length, written);
    if (id >= 0) {
      flush();
      out.push_back(id);
    } else {
      std::string_view character =
          options_.bytes ? byte_level::character(lead) : piece.substr(at, length);
      if (!written_.empty()) character = written;
      if (!add_fallback(character, out) && options_.unknown) {
        if (!options_.fuse_unknown) flush();
        unknown_waits = true;
      }
    }
    at += length;
  }
  flush();
}

}  // namespace lucie
