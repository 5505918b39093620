#include "train/sources.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/rng.h"

namespace lucie {

void TokenSamples::read(std::uint64_t index, std::span<std::int32_t> ids,
                        std::span<std::int32_t> targets) const {
  index_.read(index, ids, targets);
}

void TokenSamples::read_starts(std::uint64_t index, std::span<std::int32_t> starts) const {
  std::size_t end = 0;
  for (const SampleDocument& part : index_.documents_of(index)) {
    end = std::min<std::size_t>(part.end, starts.size());  // of a stream there is one token more
    std::fill(starts.begin() + static_cast<std::ptrdiff_t>(part.begin),
              starts.begin() + static_cast<std::ptrdiff_t>(end),
              static_cast<std::int32_t>(part.begin));
  }
  std::fill(starts.begin() + static_cast<std::ptrdiff_t>(end), starts.end(),
            static_cast<std::int32_t>(end));  // padding
}

std::vector<std::string> TokenSamples::documents(std::uint64_t index) const {
  std::vector<std::string> ids;
  for (const SampleDocument& part : index_.documents_of(index)) {
    ids.push_back(index_.document(part).id);
  }
  return ids;
}

DialogueSamples::DialogueSamples(const std::vector<EncodedChat>& dialogues,
                                 std::int64_t sequence_length, TokenId padding, std::uint64_t seed)
    : seed_(seed) {
  const auto length = static_cast<std::size_t>(sequence_length);
  const auto close = [&] {
    if (sequences_.empty()) return;
    sequences_.back().ids.resize(length, padding);
    sequences_.back().targets.resize(length, -1);
  };
  // Packed in a shuffled order, so that neighbours in a sequence are not neighbours in the corpus.
  const Permutation order(std::max<std::uint64_t>(1, dialogues.size()), seed, "finetune/pack");
  for (std::uint64_t i = 0; i < dialogues.size(); ++i) {
    const EncodedChat& chat = dialogues[order(i)];
    // Position t predicts token t + 1: the last token predicts nothing.
    const std::size_t count =
        std::min(length, chat.ids.size() - std::min<std::size_t>(1, chat.ids.size()));
    const auto learned = [&](std::size_t t) { return bool{chat.assistant[t + 1]}; };
    bool any = false;
    for (std::size_t t = 0; t < count; ++t) any = any || learned(t);
    if (!any) continue;
    if (sequences_.empty() || sequences_.back().ids.size() + count > length) {
      close();
      sequences_.emplace_back();
    }
    Sequence& sequence = sequences_.back();
    for (std::size_t t = 0; t < count; ++t) {
      sequence.ids.push_back(chat.ids[t]);
      sequence.targets.push_back(learned(t) ? chat.ids[t + 1] : -1);
    }
  }
  close();
}

void DialogueSamples::read(std::uint64_t index, std::span<std::int32_t> ids,
                           std::span<std::int32_t> targets) const {
  const std::uint64_t pass = index / sequences_.size();
  const Permutation order(sequences_.size(), seed_, "finetune/pass/" + std::to_string(pass));
  const Sequence& sequence = sequences_[order(index % sequences_.size())];
  LUCIE_ASSERT(ids.size() == sequence.ids.size());
  std::copy(sequence.ids.begin(), sequence.ids.end(), ids.begin());
  std::copy(sequence.targets.begin(), sequence.targets.end(), targets.begin());
}

}  // namespace lucie
