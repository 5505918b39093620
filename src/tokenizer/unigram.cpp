#include "tokenizer/unigram.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "tokenizer/unicode.h"

namespace lucie {
namespace {

constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15ULL;  // 2^64 / golden ratio
constexpr std::size_t kWindow = 1 << 16;  // bytes after which the first good place to emit is taken

}  // namespace

Unigram::Unigram(const Vocabulary& vocabulary, std::vector<double> scores, UnigramOptions options)
    : edges_(1024),
      shift_(64 - 10),
      tokens_(1, -1),
      scores_(std::move(scores)),
      options_(std::move(options)),
      serial_(PieceCache::new_owner()) {
  options_.hidden.resize(scores_.size());
  for (TokenId id = 0; id < static_cast<TokenId>(scores_.size()); ++id) {
    if (!options_.hidden[static_cast<std::size_t>(id)]) add_token(vocabulary.token(id), id);
  }
  if (!options_.byte_fallback) return;
  for (unsigned b = 0; b < 256; ++b) {
    byte_tokens_.push_back(vocabulary.find(fmt::format("<0x{:02X}>", b)).value_or(-1));
  }
}

void Unigram::set_edge(std::uint64_t key, Node node) {
  std::size_t slot = (key * kMultiplier) >> shift_;
  while (edges_[slot].node != kNoNode) slot = (slot + 1) & (edges_.size() - 1);
  edges_[slot] = {key, node};
}

void Unigram::grow_edges() {
  const std::vector<Edge> old = std::exchange(edges_, std::vector<Edge>(edges_.size() * 2));
  --shift_;
  for (const Edge& edge : old) {
    if (edge.node != kNoNode) set_edge(edge.key, edge.node);
  }
}

Unigram::Node Unigram::child(Node node, unsigned char byte) const {
  const std::uint64_t key = std::uint64_t{node} << 8 | byte;
  std::size_t slot = (key * kMultiplier) >> shift_;
  while (edges_[slot].node != kNoNode && edges_[slot].key != key) {
    slot = (slot + 1) & (edges_.size() - 1);
  }
  return edges_[slot].node;
}

void Unigram::add_token(std::string_view token, TokenId id) {
  if (token.empty()) return;
  Node node = 0;
  for (const char c : token) {
    Node next = child(node, static_cast<unsigned char>(c));
    if (next == kNoNode) {
      next = static_cast<Node>(tokens_.size());
      tokens_.push_back(-1);
      if (tokens_.size() * 2 > edges_.size()) grow_edges();
      set_edge(std::uint64_t{node} << 8 | static_cast<unsigned char>(c), next);
    }
    node = next;
  }
  tokens_[node] = id;
}

TokenId Unigram::visible_token(std::string_view text) const {
  Node node = 0;
  for (const char c : text) {
    node = child(node, static_cast<unsigned char>(c));
    if (node == kNoNode) return -1;
  }
  return tokens_[node];
}

void Unigram::encode(std::string_view text, std::span<const Span> pieces,
                     std::vector<TokenId>& out) const {
  PieceCache& cache = PieceCache::of_thread(serial_);
  for (const Span& span : pieces) {
    const std::string_view piece = text.substr(span.begin, span.end - span.begin);
    cache.encode(piece, out, [&] { encode_piece(piece, out); });
  }
}

void Unigram::encode_piece(std::string_view piece, std::vector<TokenId>& out) const {
  thread_local std::vector<Step> steps;  // steps[i]: of the text up to base + i
  steps.assign(1, Step());
  std::size_t base = 0, farthest = 0;
  for (std::size_t at = 0; at < piece.size();) {
    const Step& here = steps[at - base];
    // No token crosses this place: what is behind it does not change what is before.
    const bool crossed = farthest > at || (at > base && here.token == options_.unknown);
    if (!crossed && at - base >= kWindow) {
      emit(piece, base, steps, out);
      steps.front() = {here.score, kNowhere, 0};
      steps.resize(1);
      base = at;
    }
    extend(piece, at, base, &farthest, steps);
    at += unicode::char_length(static_cast<unsigned char>(piece[at]));
  }
  emit(piece, base, steps, out);
}

void Unigram::improve(Step& step, double score, std::size_t begin, TokenId token) const {
  if (options_.single_precision) score = double{static_cast<float>(score)};
  if (step.begin == kNowhere || score > step.score) step = {score, begin, token};
}

// Tries every token that begins at `at`, and the unknown one where no token is just the character.
void Unigram::extend(std::string_view piece, std::size_t at, std::size_t base,
                     std::size_t* farthest, std::vector<Step>& steps) const {
  const std::size_t character = unicode::char_length(static_cast<unsigned char>(piece[at]));
  const double score = steps[at - base].score;
  const auto reach = [&](std::size_t end) -> Step& {
    *farthest = std::max(*farthest, end);
    if (steps.size() <= *farthest - base) steps.resize(*farthest - base + 1);
    return steps[end - base];
  };
  bool single = false;
  Node node = 0;
  for (std::size_t end = at; end < piece.size();) {
    node = child(node, static_cast<unsigned char>(piece[end++]));
    if (node == kNoNode) break;
    const TokenId token = tokens_[node];
    if (token < 0) continue;
    improve(reach(end), scores_[static_cast<std::size_t>(token)] + score, at, token);
    single = single || end - at == character;
  }
  if (single) return;
  if (!options_.unknown) {
    fail(ErrorCode::kInvalidArgument,
         fmt::format("the vocabulary has no token for '{}', nor an unknown token",
                     piece.substr(at, character)));
  }
  improve(reach(at + character), options_.unknown_score + score, at, *options_.unknown);
}

// The ids of the best way from `base` to the last step.
void Unigram::emit(std::string_view piece, std::size_t base, std::span<const Step> steps,
                   std::vector<TokenId>& out) const {
  thread_local std::vector<std::size_t> ends;
  ends.clear();
  for (std::size_t end = base + steps.size() - 1; end > base; end = steps[end - base].begin) {
    ends.push_back(end);
  }
  std::size_t unknown_begin = kNowhere;
  for (auto end = ends.rbegin(); end != ends.rend(); ++end) {
    const Step& step = steps[*end - base];
    if (step.token == options_.unknown) {
      unknown_begin = std::min(unknown_begin, step.begin);
      continue;
    }
    if (unknown_begin != kNowhere) {
      emit_unknown(piece.substr(unknown_begin, step.begin - unknown_begin), out);
      unknown_begin = kNowhere;
    }
    out.push_back(step.token);
  }
  const std::size_t end = base + steps.size() - 1;
  if (unknown_begin != kNowhere) {
    emit_unknown(piece.substr(unknown_begin, end - unknown_begin), out);
  }
}

void Unigram::emit_unknown(std::string_view text, std::vector<TokenId>& out) const {
  if (const TokenId token = visible_token(text); token >= 0) {
    out.push_back(token);
    return;
  }
  const auto byte_token = [&](char c) { return byte_tokens_[static_cast<unsigned char>(c)]; };
  const bool spelt = options_.byte_fallback && std::all_of(text.begin(), text.end(), [&](char c) {
                       return byte_token(c) >= 0;
                     });
  if (!spelt) {
    out.push_back(*options_.unknown);
    return;
  }
  for (const char c : text) out.push_back(byte_token(c));
}

}  // namespace lucie
