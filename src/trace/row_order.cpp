#include "base/error.h"
#include "formats/indexed_dataset.h"
#include "trace/training_order.h"

namespace lucie {

namespace {

class RowOrder : public TrainingOrder {
 public:
  RowOrder(const fs::path& prefix, std::int32_t end_of_document)
      : prefix_(prefix), rows_(prefix), end_(end_of_document) {
    if (rows_.sequences() < 1) {
      fail(ErrorCode::kInvalidArgument, "no rows", prefix.string());
    }
  }

  std::uint64_t samples() const override { return static_cast<std::uint64_t>(rows_.sequences()); }
  // A row holds the targets of its last token too.
  std::uint64_t sequence_length() const override {
    return std::max<std::uint64_t>(rows_.sequence_begin(1), 2) - 1;
  }

  Json pieces_of(std::uint64_t i) const override {
    LUCIE_ASSERT(i < samples());
    const auto row = static_cast<std::int64_t>(i);
    const std::uint64_t at = rows_.sequence_begin(row);
    std::vector<std::int32_t> tokens(rows_.sequence_begin(row + 1) - at);
    rows_.read(at, tokens);
    Json list = Json::array();
    std::size_t begin = 0;
    for (std::size_t k = 0; k < tokens.size(); ++k) {
      if (tokens[k] != end_ && k + 1 < tokens.size()) continue;
      Json piece = Json::object();
      piece["data"] = prefix_.string();
      piece["document"] = row;
      piece["begin"] = static_cast<std::uint64_t>(begin);
      piece["end"] = static_cast<std::uint64_t>(k + 1);
      list.push_back(std::move(piece));
      begin = k + 1;
    }
    return list;
  }

 private:
  fs::path prefix_;
  IndexedDataset rows_;
  std::int32_t end_;
};

}  // namespace

std::unique_ptr<TrainingOrder> row_order(const fs::path& prefix, std::int32_t end_of_document) {
  return std::make_unique<RowOrder>(prefix, end_of_document);
}

}  // namespace lucie
