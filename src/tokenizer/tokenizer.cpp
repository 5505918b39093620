#include "tokenizer/tokenizer.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/json_reader.h"
#include "tokenizer/added_tokens.h"
#include "tokenizer/bpe.h"
#include "tokenizer/decoder.h"
#include "tokenizer/gguf_import.h"
#include "tokenizer/normalizer.h"
#include "tokenizer/post_processor.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/sentencepiece_import.h"
#include "tokenizer/tokenizer_file.h"
#include "tokenizer/unicode.h"

namespace lucie {
namespace {

// A part that is absent is null.
const Json& part(const Json& tokenizer, std::string_view key) {
  static const Json null;
  const Json* found = tokenizer.find(key);
  return found == nullptr ? null : *found;
}

}  // namespace

struct Tokenizer::Impl {
  Impl(Json tokenizer, Json config, const std::string& place);

  void make_model(const std::string& place);
  void add_tokens(const std::vector<AddedToken>& tokens, const std::string& place);
  void read_config(bool adds_by_template, const std::string& place);
  bool is_special(TokenId id) const {
    return id >= 0 && static_cast<std::size_t>(id) < special.size() &&
           special[static_cast<std::size_t>(id)];
  }

  // What the decoder gets for an id; nullopt when it is to be left out.
  std::optional<std::string_view> decoded_token(TokenId id, bool skip_special) const {
    if (!vocabulary.contains(id) || (skip_special && is_special(id))) return std::nullopt;
    if (const auto form = normalized_forms.find(id); form != normalized_forms.end()) {
      return form->second;
    }
    return vocabulary.token(id);
  }

  void encode(std::string_view text, bool parse_special, std::vector<TokenId>& out) const;
  void encode_valid(std::string_view text, bool parse_special, std::vector<TokenId>& out) const;
  // `behind`: how many bytes may be read behind the text.
  void encode_segment(std::string_view text, bool at_start, bool parse_special, std::size_t behind,
                      std::vector<TokenId>& out) const;
  void encode_normalized(std::string_view text, bool at_start, std::size_t behind,
                         std::vector<TokenId>& out) const;
  void encode_words(std::string_view text, std::size_t behind, std::vector<TokenId>& out) const;

  Json tokenizer_json, config_json;
  std::unique_ptr<Normalizer> normalizer;
  PreTokenizer pre_tokenizer;
  const WordScanner* scanner;  // pre_tokenizer.scanner()
  Vocabulary vocabulary;       // the model's tokens and the added ones
  std::unique_ptr<const TokenModel> model;
  PostProcessor post_processor;
  TokenDecoder decoder;
  AddedTokenMatcher raw_tokens, normalized_tokens;
  // Added tokens that are matched in normalized text decode to that form, as Hugging Face's do.
  std::unordered_map<TokenId, std::string> normalized_forms;
  std::vector<bool> special;
  std::optional<TokenId> bos, eos;
  std::string chat_template;
};

Tokenizer::Impl::Impl(Json tokenizer, Json config, const std::string& place)
    : tokenizer_json(std::move(tokenizer)),
      config_json(std::move(config)),
      normalizer(make_normalizer(part(tokenizer_json, "normalizer"), place + ": normalizer")),
      pre_tokenizer(part(tokenizer_json, "pre_tokenizer"), place + ": pre_tokenizer",
                    !is_unigram(tokenizer_json.at("model"), place)),
      scanner(pre_tokenizer.scanner()),
      decoder(part(tokenizer_json, "decoder"), place + ": decoder") {
  make_model(place);
  const Json& processor = part(tokenizer_json, "post_processor");
  post_processor = PostProcessor::parse(processor, vocabulary, place + ": post_processor");
  read_config(processor.is_object() && processor.get("type", "") != "ByteLevel", place);
}

namespace {

// Special tokens come from the text by the matcher of added tokens or not at all.
void hide_special(const std::vector<AddedToken>& tokens, const Vocabulary& vocabulary,
                  std::vector<bool>& hidden) {
  hidden.resize(static_cast<std::size_t>(vocabulary.size()));
  for (const AddedToken& token : tokens) {
    if (token.special && vocabulary.contains(token.id)) {
      hidden[static_cast<std::size_t>(token.id)] = true;
    }
  }
}

}  // namespace

void Tokenizer::Impl::make_model(const std::string& place) {
  const Json& json = tokenizer_json.at("model");
  std::vector<AddedToken> added;
  if (is_unigram(json, place)) {
    UnigramFile file = parse_unigram(json, place);
    added = parse_added_tokens(tokenizer_json, file.vocabulary, place);
    hide_special(added, file.vocabulary, file.options.hidden);
    model =
        std::make_unique<Unigram>(file.vocabulary, std::move(file.scores), std::move(file.options));
    vocabulary = std::move(file.vocabulary);
  } else {
    BpeFile file = parse_bpe(json, place);
    added = parse_added_tokens(tokenizer_json, file.vocabulary, place);
    hide_special(added, file.vocabulary, file.options.hidden);
    file.options.bytes = pre_tokenizer.gives_bytes();
    model = std::make_unique<Bpe>(file.vocabulary, file.merges, file.options);
    vocabulary = std::move(file.vocabulary);
  }
  add_tokens(added, place);
}

void Tokenizer::Impl::add_tokens(const std::vector<AddedToken>& tokens, const std::string& place) {
  for (const AddedToken& token : tokens) {
    if (!vocabulary.find(token.content)) {
      vocabulary.add(token.content, token.id, place + ": added_tokens");
    }
    special.resize(static_cast<std::size_t>(vocabulary.size()));
    special[static_cast<std::size_t>(token.id)] = token.special;
    std::string content = token.content;
    const bool changes = token.normalized && !token.verbatim;
    if (changes && normalizer != nullptr) normalizer->apply(content);
    if (content != token.content) normalized_forms.emplace(token.id, content);
    (token.normalized ? normalized_tokens : raw_tokens).add(token, content);
  }
}

// Where tokenizer.json says nothing about first and last tokens, the config's switches do.
void Tokenizer::Impl::read_config(bool adds_by_template, const std::string& place) {
  const auto named = [&](const char* key) -> std::optional<TokenId> {
    const std::string token = config_token(config_json, key);
    if (token.empty()) return std::nullopt;
    const auto id = vocabulary.find(token);
    if (!id) {
      fail(ErrorCode::kMismatch,
           std::string(key) + " '" + token + "' is not a token of this tokenizer",
           place + ": tokenizer_config.json");
    }
    return id;
  };
  bos = named("bos_token");
  eos = named("eos_token");
  chat_template = config_chat_template(config_json);
  if (adds_by_template) return;
  if (bos && config_json.get("add_bos_token", false)) post_processor.before.push_back(*bos);
  if (eos && config_json.get("add_eos_token", false)) post_processor.after.push_back(*eos);
}

namespace {

// Of a part of a text: how many bytes of the text follow it.
std::size_t bytes_behind(std::string_view part, std::string_view text) {
  return static_cast<std::size_t>(text.data() + text.size() - (part.data() + part.size()));
}

}  // namespace

void Tokenizer::Impl::encode(std::string_view text, bool parse_special,
                             std::vector<TokenId>& out) const {
  const std::size_t valid = unicode::valid_prefix(text);
  if (valid == text.size()) return encode_valid(text, parse_special, out);
  if (!pre_tokenizer.gives_bytes() || normalizer != nullptr) {
    return encode_valid(unicode::repaired(text), parse_special, out);
  }
  while (!text.empty()) {
    const std::size_t good = unicode::valid_prefix(text);
    encode_valid(text.substr(0, good), parse_special, out);
    text.remove_prefix(good);
    if (text.empty()) break;
    const std::size_t bad = unicode::invalid_length(text);
    std::string bytes(text.substr(0, bad));
    bytes.append(PieceCache::kPadding, '\0');
    const Span sequence{0, bad};
    model->encode(bytes, {&sequence, 1}, out);
    text.remove_prefix(bad);
  }
}

void Tokenizer::Impl::encode_valid(std::string_view text, bool parse_special,
                                   std::vector<TokenId>& out) const {
  raw_tokens.split(
      text, parse_special,
      [&](std::string_view segment) {
        encode_segment(segment, segment.data() == text.data(), parse_special,
                       bytes_behind(segment, text), out);
      },
      [&](TokenId id) { out.push_back(id); });
}

void Tokenizer::Impl::encode_segment(std::string_view text, bool at_start, bool parse_special,
                                     std::size_t behind, std::vector<TokenId>& out) const {
  if (normalizer == nullptr && normalized_tokens.empty()) {
    return encode_normalized(text, at_start, behind, out);
  }
  std::string normalized(text);
  if (normalizer != nullptr) normalizer->apply(normalized);
  const std::size_t size = normalized.size();
  normalized.append(PieceCache::kPadding, '\0');
  const std::string_view whole(normalized.data(), size);
  if (pre_tokenizer.empty() && normalized_tokens.empty()) {
    const Span all{0, size};
    return model->encode(whole, {&all, 1}, out);
  }
  normalized_tokens.split(
      whole, parse_special,
      [&](std::string_view segment) {
        encode_normalized(segment, at_start && segment.data() == whole.data(),
                          bytes_behind(segment, normalized), out);
      },
      [&](TokenId id) { out.push_back(id); });
}

void Tokenizer::Impl::encode_normalized(std::string_view text, bool at_start, std::size_t behind,
                                        std::vector<TokenId>& out) const {
  if (scanner != nullptr) return encode_words(text, behind, out);
  Pieces pieces{std::string(text), {{0, text.size()}}, at_start};
  pre_tokenizer.apply(pieces);
  pieces.text.append(PieceCache::kPadding, '\0');
  model->encode(pieces.text, pieces.spans, out);
}

// Some words at a time: neither the text nor the places of all its words are held a second time.
void Tokenizer::Impl::encode_words(std::string_view text, std::size_t behind,
                                   std::vector<TokenId>& out) const {
  thread_local std::array<Span, 2048> words;
  for (std::size_t at = 0; at < text.size();) {
    const auto found = std::span(words).first(scanner->cut(text, at, behind, words));
    const std::size_t end = found.back().end;
    if (text.size() - end + behind >= PieceCache::kPadding) {
      model->encode(text, found, out);
    } else {
      std::string last(text.substr(at));
      last.append(PieceCache::kPadding, '\0');
      for (Span& word : found) word = {word.begin - at, word.end - at};
      model->encode(last, found, out);
    }
    at = end;
  }
}

Tokenizer::Tokenizer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Tokenizer Tokenizer::load(const fs::path& path) {
  const bool is_folder = fs::is_directory(path);
  const fs::path folder = is_folder ? path : path.parent_path();
  const bool has_json = fs::exists(folder / "tokenizer.json");
  const bool has_model = fs::exists(folder / "tokenizer.model");
  const fs::path file =
      is_folder ? folder / (has_model && !has_json ? "tokenizer.model" : "tokenizer.json") : path;
  Json config = Json::object();
  if (fs::exists(folder / "tokenizer_config.json")) {
    config = read_json(folder / "tokenizer_config.json");
  }
  const fs::path chat = folder / "chat_template.jinja";
  if (config.is_object() && fs::exists(chat)) {  // goes before the config's
    config["chat_template"] = read_file(chat);
  }
  if (file.extension() == ".model") {
    TokenizerFiles files = import_sentencepiece(file, config);
    return from_json(std::move(files.tokenizer), std::move(files.config), file.string());
  }
  return from_json(JsonReader().read_whole(read_file(file), file.string()), std::move(config),
                   file.string());
}

Tokenizer Tokenizer::from_json(Json tokenizer, Json config, const std::string& place) {
  try {
    return Tokenizer(std::make_unique<Impl>(std::move(tokenizer), std::move(config), place));
  } catch (const Error& error) {
    // Checked access names the place of the value only where the parser kept it.
    const bool shape = error.code() == ErrorCode::kInvalidArgument;
    const bool named = error.place().find(place) != std::string::npos;
    if (!shape && named) throw;
    fail(shape ? ErrorCode::kCorrupt : error.code(), error.message(),
         named                   ? error.place()
         : error.place().empty() ? place
                                 : place + ": " + error.place(),
         error.hint());
  }
}

Tokenizer Tokenizer::from_gguf(const GgufReader& gguf) {
  TokenizerFiles files = import_gguf_tokenizer(gguf);
  return from_json(std::move(files.tokenizer), std::move(files.config),
                   gguf.file()->path().string());
}

std::vector<TokenId> Tokenizer::encode(std::string_view text, const EncodeOptions& options) const {
  std::vector<TokenId> out;
  out.reserve(text.size() / 3 + 8);
  const PostProcessor& around = impl_->post_processor;
  if (options.add_special) out.insert(out.end(), around.before.begin(), around.before.end());
  impl_->encode(text, options.parse_special, out);
  if (options.add_special) out.insert(out.end(), around.after.begin(), around.after.end());
  return out;
}

std::string Tokenizer::decode(std::span<const TokenId> ids, bool skip_special) const {
  std::string out;
  DecodeRun run = impl_->decoder.start(&out, false);
  bool any = false;
  for (const TokenId id : ids) {
    const auto token = impl_->decoded_token(id, skip_special);
    if (!token) continue;
    run.push(*token);
    any = true;
  }
  if (any) run.finish();  // of no tokens nothing is made, whatever the steps add
  return out;
}

std::int64_t Tokenizer::vocab_size() const {
  return impl_->vocabulary.size();
}
std::optional<TokenId> Tokenizer::id(std::string_view token) const {
  return impl_->vocabulary.find(token);
}
std::string_view Tokenizer::token(TokenId id) const {
  return impl_->vocabulary.token(id);
}
bool Tokenizer::is_special(TokenId id) const {
  return impl_->is_special(id);
}
std::optional<TokenId> Tokenizer::bos() const {
  return impl_->bos;
}
std::optional<TokenId> Tokenizer::eos() const {
  return impl_->eos;
}
const std::string& Tokenizer::chat_template() const {
  return impl_->chat_template;
}
const Json& Tokenizer::tokenizer_json() const {
  return impl_->tokenizer_json;
}
const Json& Tokenizer::config_json() const {
  return impl_->config_json;
}

struct StreamDecoder::State {
  State(const Tokenizer::Impl& tokenizer_impl, bool skip)
      : impl(tokenizer_impl), skip_special(skip), run(impl.decoder.start(&text, true)) {}

  // What is certain, without the start of a character that is not complete.
  std::string take() {
    const std::size_t keep = unicode::incomplete_tail(text);
    std::string certain = text.substr(0, text.size() - keep);
    text.erase(0, certain.size());
    return certain;
  }

  const Tokenizer::Impl& impl;
  bool skip_special;
  std::string text;  // decoded and not yet given out
  bool any = false;  // whether some token was pushed
  DecodeRun run;
};

StreamDecoder::StreamDecoder(const Tokenizer& tokenizer, bool skip_special)
    : state_(std::make_unique<State>(*tokenizer.impl_, skip_special)) {}
StreamDecoder::~StreamDecoder() = default;
StreamDecoder::StreamDecoder(StreamDecoder&&) noexcept = default;

std::string StreamDecoder::push(TokenId id) {
  const auto token = state_->impl.decoded_token(id, state_->skip_special);
  if (!token) return {};
  state_->any = true;
  state_->run.push(*token);
  return state_->take();
}

std::string StreamDecoder::finish() {
  if (state_->any) state_->run.finish();
  return std::exchange(state_->text, {});
}

}  // namespace lucie
