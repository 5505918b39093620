#include "eval/baselines.h"

#include <array>
#include <functional>
#include <numbers>

#include "corpus/corpus_files.h"
#include "corpus/ngram.h"

namespace lucie {
namespace {

constexpr int kOrder = 5;
constexpr std::int32_t kEndOfBytes = 256;

std::vector<std::int32_t> symbols_of(std::string_view text) {
  std::vector<std::int32_t> symbols;
  symbols.reserve(text.size() + 1);
  for (const char c : text) symbols.push_back(static_cast<unsigned char>(c));
  symbols.push_back(kEndOfBytes);
  return symbols;
}

std::vector<std::string> training_texts(const fs::path& corpus_dir) {
  std::vector<std::string> texts;
  DocumentReader reader(corpus_parts(corpus_dir, "train"));
  while (auto document = reader.next()) {
    document->text.resize(document_text(document->text).size());
    texts.push_back(std::move(document->text));
  }
  return texts;
}

// What is summed while the parts run, each on its own.
using Bits = std::map<std::string, double>;  // by language and "all"

void add(Bits& bits, const std::string& language, double amount) {
  bits[language] += amount;
  bits["all"] += amount;
}

Bits byte_bits(const std::vector<std::string>& training,
               const std::vector<HeldOutDocument>& held_out) {
  SymbolText text;
  for (const std::string& document : training) text.add(symbols_of(document));
  const NgramModel model = NgramModel::train(text, kOrder, kEndOfBytes + 1);
  Bits bits;
  for (const HeldOutDocument& document : held_out) {
    add(bits, document.language, model.nats(symbols_of(document.text)) / std::numbers::ln2);
  }
  return bits;
}

// Every id but the first is predicted, as in bits_per_byte.h.
Bits token_bits(const std::vector<std::string>& training, const Tokenizer& tokenizer,
                const std::vector<HeldOutDocument>& held_out) {
  SymbolText text;
  for (const std::string& document : training) {
    const std::vector<TokenId> ids = document_ids(tokenizer, document);
    if (ids.size() > 1) text.add(std::span(ids).subspan(1));
  }
  const NgramModel model = NgramModel::train(text, kOrder, tokenizer.vocab_size());
  Bits bits;
  for (const HeldOutDocument& document : held_out) {
    const std::span<const TokenId> predicted = std::span(document.ids).subspan(1);
    add(bits, document.language, model.nats(predicted) / std::numbers::ln2);
  }
  return bits;
}

Bits in_bits(const BytesByLanguage& sizes) {
  Bits bits;
  for (const auto& [language, bytes] : sizes) bits[language] = 8.0 * static_cast<double>(bytes);
  return bits;
}

}  // namespace

Json measure_baselines(const fs::path& corpus_dir, const Tokenizer& tokenizer, ThreadPool& pool) {
  const std::vector<std::string> training = training_texts(corpus_dir);
  const std::vector<HeldOutDocument> held_out = read_held_out(corpus_dir, tokenizer);
  TextsByLanguage texts;
  std::map<std::string, double> bytes;
  for (const HeldOutDocument& document : held_out) {
    (texts[document.language] += document.text) += '\0';
    add(bytes, document.language, static_cast<double>(document.text.size()));
  }
  std::string all_training;
  for (const std::string& text : training) (all_training += text) += '\0';

  // The longest first, so that two threads end at about the same time.
  const std::array<const char*, 4> names{"xz_primed", "byte_5gram", "token_5gram", "xz"};
  const std::array<std::function<Bits()>, 4> measures{
      [&] { return in_bits(xz_primed_bytes(texts, all_training)); },
      [&] { return byte_bits(training, held_out); },
      [&] { return token_bits(training, tokenizer, held_out); },
      [&] { return in_bits(xz_bytes(texts)); },
  };
  std::array<Bits, 4> bits;
  pool.run(static_cast<std::int64_t>(measures.size()), [&](std::int64_t i, int) {
    bits[static_cast<std::size_t>(i)] = measures[static_cast<std::size_t>(i)]();
  });

  Json json = Json::object();
  for (const auto& [language, size] : bytes) {
    Json& entry = json[language];
    for (std::size_t i = 0; i < names.size(); ++i) entry[names[i]] = bits[i][language] / size;
  }
  return json;
}

}  // namespace lucie
