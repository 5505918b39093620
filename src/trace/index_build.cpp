#include "trace/index_build.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>

#include "base/cancel.h"
#include "base/error.h"
#include "base/log.h"
#include "base/partial_file.h"
#include "trace/index_merge.h"
#include "trace/suffix_layout.h"

namespace lucie {
namespace {

constexpr std::uint64_t kTasks = 256;  // of the merge, at most about

// Progress that several threads make.
class SharedProgress {
 public:
  SharedProgress(std::string label, std::uint64_t total)
      : progress_(std::move(label), total, "tok") {}
  void add(std::uint64_t tokens) {
    const std::scoped_lock lock(mutex_);
    progress_.add(tokens);
  }

 private:
  std::mutex mutex_;
  Progress progress_;
};

// How many suffixes begin with a token below t, for each t up to one above the greatest.
std::vector<std::uint64_t> count_first_tokens(const TokenText& text) {
  std::vector<std::uint64_t> counts;
  for (std::size_t s = 0; s < text.shards(); ++s) {
    const IndexedDataset& shard = text.shard(s);
    check_cancelled();
    for (std::uint64_t i = 0; i < shard.tokens(); ++i) {
      const std::int32_t token = text.token_at(shard.bytes().data(), i);
      if (token < 0 || token >= suffix_index::kMostVocabulary) {
        fail(ErrorCode::kCorrupt, std::to_string(token) + " is no id of a vocabulary",
             text.name(s) + ".bin, token " + std::to_string(i), "tokenize again");
      }
      const auto id = static_cast<std::size_t>(token);
      if (id >= counts.size()) counts.resize(id + 1);
      ++counts[id];
    }
  }
  std::uint64_t sum = 0;
  for (std::uint64_t& count : counts) sum += std::exchange(count, sum);
  counts.push_back(sum);
  counts.shrink_to_fit();
  return counts;
}

void sort_blocks(const TokenText& text, const std::vector<IndexBlock>& blocks, int threads) {
  SharedProgress progress("sort suffixes", text.tokens());
  ThreadPool pool(threads);
  pool.run(static_cast<std::int64_t>(blocks.size()), [&](std::int64_t i, int) {
    check_cancelled();
    const IndexBlock& block = blocks[static_cast<std::size_t>(i)];
    if (!fs::exists(block.file)) sort_block(text, block);
    progress.add(block.end - block.begin);
  });
}

// First tokens at which the merge is cut, so that a task has a fair share of the suffixes.
std::vector<std::int32_t> cut_tasks(const std::vector<std::uint64_t>& first) {
  std::vector<std::int32_t> cuts{0};
  const std::uint64_t share = first.back() / kTasks + 1;
  for (std::size_t token = 1; token + 1 < first.size(); ++token) {
    if (first[token] - first[static_cast<std::size_t>(cuts.back())] >= share) {
      cuts.push_back(static_cast<std::int32_t>(token));
    }
  }
  cuts.push_back(static_cast<std::int32_t>(first.size()) - 1);
  return cuts;
}

std::vector<std::byte> packed(std::span<const std::uint64_t> positions, std::uint32_t bytes) {
  std::vector<std::byte> result(positions.size() * bytes);
  for (std::size_t i = 0; i < positions.size(); ++i) {
    std::memcpy(result.data() + i * bytes, &positions[i], bytes);  // little-endian: the low bytes
  }
  return result;
}

struct Plan {
  std::vector<std::uint64_t> first;
  std::vector<IndexBlock> blocks;
  std::uint64_t memory = 0;
};

void write_index(const TokenText& text, const Plan& plan, AtomicFile& file, ThreadPool& pool) {
  const std::vector<std::uint64_t>& first = plan.first;
  suffix_index::Header header{};
  suffix_index::kMagic.copy(header.magic, sizeof header.magic);
  header.version = suffix_index::kVersion;
  header.pointer_bytes = suffix_index::pointer_bytes_for(text.tokens());
  header.tokens = text.tokens();
  header.vocabulary = first.size() - 1;
  header.layout = text.layout();
  file.write(std::as_bytes(std::span(&header, 1)));
  file.write(std::as_bytes(std::span(first)));
  const std::uint64_t pointers = file.offset();
  file.extend(text.tokens() * header.pointer_bytes + suffix_index::kPadding);
  const BlockMerge merge(text, plan.blocks, first,
                         plan.memory / static_cast<std::uint64_t>(pool.size()));
  const std::vector<std::int32_t> cuts = cut_tasks(first);
  SharedProgress progress("merge suffixes", text.tokens());
  pool.run(static_cast<std::int64_t>(cuts.size()) - 1, [&](std::int64_t i, int) {
    const auto task = static_cast<std::size_t>(i);
    std::uint64_t rank = first[static_cast<std::size_t>(cuts[task])];
    merge.run(cuts[task], cuts[task + 1], [&](std::span<const std::uint64_t> positions) {
      file.write_at(pointers + rank * header.pointer_bytes,
                    packed(positions, header.pointer_bytes));
      rank += positions.size();
      progress.add(positions.size());
    });
  });
}

}  // namespace

void build_suffix_index(const TokenText& text, const fs::path& file, std::uint64_t memory,
                        ThreadPool& pool) {
  if (text.tokens() == 0) {
    fail(ErrorCode::kInvalidArgument, "there are no tokens to index", file.string());
  }
  const fs::path work = file.string() + ".work";
  // Blocks of other tokens, or for other memory, have other names.
  const fs::path folder = work / std::to_string(text.layout());
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail(ErrorCode::kIo, "cannot make the folder: " + error.message(), folder.string());
  const auto lock = FileLock::try_take(work / "lock");
  if (!lock) {
    fail(ErrorCode::kIo, "another process makes this index", file.string(),
         "wait until it is done");
  }
  Plan plan{count_first_tokens(text), {}, memory};
  int threads = pool.size();
  plan.blocks = plan_blocks(text, folder, {memory, plan.first.size() - 1}, &threads);
  sort_blocks(text, plan.blocks, threads);
  AtomicFile index(file);
  write_index(text, plan, index, pool);
  index.commit();
  fs::remove_all(work);
}

}  // namespace lucie
