#include <algorithm>
#include <cmath>

#include "tensor/ref/ref.h"
#include "tensor/ref/rows.h"

namespace lucie::ref {

void cache_store(Context&, const Tensor& pages, const Tensor& x, const Tensor& slots) {
  const std::int64_t heads = pages.dim(1);
  Floats row = floats(pages.dim(3));
  for (std::int64_t n = 0; n < slots.numel(); ++n) {
    const std::int64_t slot = data<std::int32_t>(slots)[n];
    const std::int64_t page = slot / kCachePage, place = slot % kCachePage;
    for (std::int64_t h = 0; h < heads; ++h) {
      load_row(x.reshape({slots.numel() * heads, pages.dim(3)}), n * heads + h, row.data());
      store_row(pages, (page * heads + h) * kCachePage + place, row.data());
    }
  }
}

namespace {

// The positions of one sequence at one kv head, as rows of pages.
struct CachedHead {
  const std::int32_t* pages;
  std::int64_t head, heads;
  std::int64_t row(std::int64_t position) const {
    return (pages[position / kCachePage] * heads + head) * kCachePage + position % kCachePage;
  }
};

// The keys [begin, end) that a query sees, with the weights of the softmax.
struct Weights {
  std::int64_t begin;
  Floats values;
};

Weights weigh_keys(const Floats& query, const Tensor& keys, const CachedHead& head,
                   std::int64_t position, const float* bias, const CacheShape& shape) {
  const std::int64_t end = position + 1;
  Weights result{shape.window > 0 ? std::max<std::int64_t>(0, end - shape.window) : 0, {}};
  Floats key = floats(shape.head_dim);
  for (std::int64_t s = result.begin; s < end; ++s) {
    load_row(keys, head.row(s), key.data());
    float score = 0.0f;
    for (std::size_t d = 0; d < key.size(); ++d) score += query[d] * key[d];
    score *= shape.scale;
    result.values.push_back(bias != nullptr ? score + bias[s] : score);
  }
  const float top = *std::max_element(result.values.begin(), result.values.end());
  float total = 0.0f;
  for (float& value : result.values) total += value = std::exp(value - top);
  for (float& value : result.values) value /= total;
  return result;
}

}  // namespace

void cache_attention(Context&, const Tensor& o, const Tensor& q, const Tensor& keys,
                     const Tensor& values, const Tensor& tables, const Tensor& rows,
                     const Tensor& bias, const CacheShape& shape) {
  const std::int64_t count = rows.dim(0), group = shape.heads / shape.kv_heads;
  const Tensor queries = q.reshape({count * shape.heads, shape.head_dim});
  const Tensor outputs = o.reshape({count * shape.heads, shape.head_dim});
  Floats query = floats(shape.head_dim), value = query;
  for (std::int64_t n = 0; n < count; ++n) {
    const std::int32_t* row = data<std::int32_t>(rows) + 2 * n;
    for (std::int64_t h = 0; h < shape.heads; ++h) {
      const CachedHead head{data<std::int32_t>(tables) + row[0] * tables.dim(1), h / group,
                            shape.kv_heads};
      const float* added = bias.defined() ? data<float>(bias) + h * bias.shape().last() : nullptr;
      load_row(queries, n * shape.heads + h, query.data());
      const Weights weights = weigh_keys(query, keys, head, row[1], added, shape);
      Floats out = floats(shape.head_dim);
      for (std::size_t i = 0; i < weights.values.size(); ++i) {
        load_row(values, head.row(weights.begin + static_cast<std::int64_t>(i)), value.data());
        for (std::size_t d = 0; d < out.size(); ++d) out[d] += weights.values[i] * value[d];
      }
      store_row(outputs, n * shape.heads + h, out.data());
    }
  }
}

}  // namespace lucie::ref
