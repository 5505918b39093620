#include "tokenizer/sentencepiece_model.h"

#include <fmt/format.h>

#include <bit>
#include <utility>

#include "base/error.h"
#include "tokenizer/vocabulary.h"

namespace lucie {
namespace {

// One message of the wire format: fields of (number, type), then the value.
class Message {
 public:
  // `begin`: where `bytes` stands in the file, for errors.
  Message(std::string_view bytes, std::size_t begin, const std::string& place)
      : bytes_(bytes), begin_(begin), place_(place) {}

  // Moves to the next field; false at the end.
  bool next() {
    if (at_ == bytes_.size()) return false;
    const std::uint64_t key = raw_varint();
    field_ = key >> 3;
    type_ = static_cast<Type>(key & 7);
    if (field_ == 0 || field_ >> 29 != 0) corrupt("a field number out of range");
    start_ = at_;
    switch (type_) {
      case Type::kVarint:
        value_ = raw_varint();
        break;
      case Type::kFixed64:
        take(8);
        break;
      case Type::kFixed32:
        take(4);
        break;
      case Type::kBytes: {
        const std::uint64_t length = raw_varint();
        start_ = at_;
        if (length > bytes_.size() - at_) corrupt("a field longer than what is left");
        at_ += static_cast<std::size_t>(length);
        break;
      }
      default:
        corrupt(fmt::format("wire type {}", key & 7));
    }
    return true;
  }

  std::uint64_t field() const { return field_; }
  std::uint64_t varint() const { return expect(Type::kVarint), value_; }
  bool flag() const { return varint() != 0; }
  std::string_view bytes() const {
    expect(Type::kBytes);
    return bytes_.substr(start_, at_ - start_);
  }
  Message message() const { return {bytes(), begin_ + start_, place_}; }
  float real() const {
    expect(Type::kFixed32);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      bits |= std::uint32_t{static_cast<unsigned char>(bytes_[start_ + i])} << (8 * i);
    }
    return std::bit_cast<float>(bits);
  }
  [[noreturn]] void corrupt(const std::string& what) const {
    fail(ErrorCode::kCorrupt, "not a SentencePiece model: " + what,
         fmt::format("{}: byte {}", place_, begin_ + at_));
  }

 private:
  enum class Type { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

  void expect(Type type) const {
    if (type_ != type) {
      corrupt(fmt::format("field {} has wire type {}", field_, static_cast<int>(type_)));
    }
  }
  void take(std::size_t size) {
    if (bytes_.size() - at_ < size) corrupt("it ends within a field");
    at_ += size;
  }
  std::uint64_t raw_varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      take(1);
      const auto byte = static_cast<unsigned char>(bytes_[at_ - 1]);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    corrupt("a number longer than 64 bits");
  }

  std::string_view bytes_;
  std::size_t begin_;
  const std::string& place_;
  std::size_t at_ = 0, start_ = 0;
  std::uint64_t field_ = 0, value_ = 0;
  Type type_ = Type::kVarint;
};

ScoredPiece parse_piece(Message message) {
  ScoredPiece piece;
  while (message.next()) {
    if (message.field() == 1) {
      piece.text = message.bytes();
    } else if (message.field() == 2) {
      piece.score = double{message.real()};
    } else if (message.field() == 3) {
      const std::uint64_t type = message.varint();
      if (type < 1 || type > 6) message.corrupt(fmt::format("piece type {}", type));
      piece.type = static_cast<PieceType>(type);
    }
  }
  if (piece.text.empty()) message.corrupt("an empty piece");
  return piece;
}

void parse_trainer(Message message, const std::string& place, SentencePieceModel& model) {
  while (message.next()) {
    switch (message.field()) {
      case 3:  // model_type
        if (message.varint() != 1 && message.varint() != 2) {
          fail(ErrorCode::kUnsupported,
               fmt::format("SentencePiece model type {}", message.varint()), place,
               "unigram (1) and BPE (2) are read");
        }
        model.kind = message.varint() == 2 ? SentencePieceModel::Kind::kBpe
                                           : SentencePieceModel::Kind::kUnigram;
        break;
      case 24:
        if (message.flag()) {
          fail(ErrorCode::kUnsupported, "SentencePiece with treat_whitespace_as_suffix", place);
        }
        break;
      case 35:
        model.byte_fallback = message.flag();
        break;
      case 46:
        model.bos = message.bytes();
        break;
      case 47:
        model.eos = message.bytes();
        break;
      case 48:
        model.pad = message.bytes();
        break;
      default:
        break;
    }
  }
}

void parse_normalizer(Message message, SentencePieceModel& model) {
  while (message.next()) {
    switch (message.field()) {
      case 2:
        model.charsmap = message.bytes();
        break;
      case 3:
        model.add_dummy_prefix = message.flag();
        break;
      case 4:
        model.remove_extra_whitespaces = message.flag();
        break;
      case 5:
        model.escape_whitespaces = message.flag();
        break;
      default:
        break;
    }
  }
}

}  // namespace

SentencePieceModel parse_sentencepiece(std::string_view bytes, const std::string& place) {
  SentencePieceModel model;
  Message message(bytes, 0, place);
  while (message.next()) {
    if (message.field() == 1) {
      if (model.pieces.size() >= static_cast<std::size_t>(Vocabulary::kIdLimit)) {
        message.corrupt("too many pieces");
      }
      model.pieces.push_back(parse_piece(message.message()));
    } else if (message.field() == 2) {
      parse_trainer(message.message(), place, model);
    } else if (message.field() == 3) {
      parse_normalizer(message.message(), model);
    }
  }
  if (model.pieces.empty()) message.corrupt("it has no pieces");
  return model;
}

}  // namespace lucie
