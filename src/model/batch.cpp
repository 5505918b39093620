// Rows for a forward pass: whole sequences, or what follows in a cache.
#include <algorithm>

#include "base/error.h"
#include "model/decoder.h"
#include "tensor/ops.h"

namespace lucie {

Batch make_batch(Context& ctx, std::span<const std::int32_t> ids,
                 std::span<const std::int32_t> targets, std::int64_t batch,
                 std::span<const std::int32_t> starts) {
  const std::int64_t rows = static_cast<std::int64_t>(ids.size());
  LUCIE_ASSERT(batch > 0 && rows > 0 && rows % batch == 0);
  Batch result;
  result.batch = batch;
  result.time = result.longest = rows / batch;
  result.pieces.assign(static_cast<std::size_t>(batch), {0, result.time});
  std::vector<std::int32_t> positions(ids.size());
  for (std::size_t n = 0; n < positions.size(); ++n) {
    positions[n] = static_cast<std::int32_t>(static_cast<std::int64_t>(n) % result.time);
    if (!starts.empty()) positions[n] -= starts[n];
  }
  result.ids = ctx.upload({rows}, ids);
  result.positions = ctx.upload({rows}, positions);
  if (!targets.empty()) result.targets = ctx.upload({rows}, targets);
  if (!starts.empty()) result.starts = ctx.upload({rows}, starts);
  return result;
}

Tensor first_keys(Context& ctx, const Batch& batch, std::int64_t window) {
  if (window == 0 || batch.time <= window) return batch.starts;
  std::vector<std::int32_t> first(static_cast<std::size_t>(batch.rows()));
  if (batch.starts.defined()) ctx.op().copy_to_host(ctx, first.data(), batch.starts);
  for (std::size_t n = 0; n < first.size(); ++n) {
    const std::int64_t position = static_cast<std::int64_t>(n) % batch.time;
    first[n] = std::max(first[n], static_cast<std::int32_t>(position + 1 - window));
  }
  return ctx.upload({batch.rows()}, first);
}

namespace {

void append_all(Context& ctx, std::span<const CachePiece> pieces) {
  std::size_t done = 0;
  try {
    for (; done < pieces.size(); ++done) {
      pieces[done].sequence->append(ctx, static_cast<std::int64_t>(pieces[done].ids.size()));
    }
  } catch (...) {
    for (const CachePiece& piece : pieces.first(done)) {
      CachedSequence& sequence = *piece.sequence;
      sequence.truncate(sequence.length() - static_cast<std::int64_t>(piece.ids.size()));
    }
    throw;
  }
}

}  // namespace

Batch make_cached_batch(Context& ctx, std::span<const CachePiece> pieces) {
  LUCIE_ASSERT(!pieces.empty());
  append_all(ctx, pieces);
  Batch batch;
  batch.cache = &pieces.front().sequence->cache();
  std::size_t width = 1;
  for (const CachePiece& piece : pieces) width = std::max(width, piece.sequence->pages().size());
  std::vector<std::int32_t> ids, positions, rows, slots, tables(pieces.size() * width, 0);
  for (std::size_t b = 0; b < pieces.size(); ++b) {
    const CachedSequence& sequence = *pieces[b].sequence;
    const auto count = static_cast<std::int64_t>(pieces[b].ids.size());
    batch.pieces.push_back({sequence.length() - count, count});
    batch.longest = std::max(batch.longest, sequence.length());
    ids.insert(ids.end(), pieces[b].ids.begin(), pieces[b].ids.end());
    for (std::int64_t t = sequence.length() - count; t < sequence.length(); ++t) {
      positions.push_back(static_cast<std::int32_t>(t));
      rows.insert(rows.end(), {static_cast<std::int32_t>(b), positions.back()});
      slots.push_back(sequence.slot(t));
    }
    std::copy(sequence.pages().begin(), sequence.pages().end(),
              tables.begin() + static_cast<std::ptrdiff_t>(b * width));
  }
  const auto N = static_cast<std::int64_t>(ids.size());
  batch.time = N;
  batch.ids = ctx.upload({N}, ids);
  batch.positions = ctx.upload({N}, positions);
  batch.rows_in_cache = ctx.upload({N, 2}, rows);
  batch.slots = ctx.upload({N}, slots);
  batch.tables = ctx.upload(
      {static_cast<std::int64_t>(pieces.size()), static_cast<std::int64_t>(width)}, tables);
  return batch;
}

}  // namespace lucie
