#include <cmath>

#include "tensor/op_cases.h"

namespace lucie {
namespace {

// Queries of a sequence from one position on; the pages of sequences are interleaved.
struct Queries {
  std::int64_t first, count;
};

struct CacheCase {
  std::vector<Queries> sequences;
  std::int64_t heads, kv_heads, head_dim, window;
};

std::string detail(DType q, DType cache, const CacheCase& c) {
  std::string name = std::string(dtype_info(q).name) + "*" + dtype_info(cache).name + "/";
  for (const Queries& s : c.sequences) {
    name += std::to_string(s.first) + "+" + std::to_string(s.count) + ".";
  }
  return name + std::to_string(c.heads) + "." + std::to_string(c.kv_heads) + "." +
         std::to_string(c.head_dim) + "." + std::to_string(c.window);
}

// Page j of sequence b is the (j * B + b)-th from the end.
struct Tables {
  std::int64_t pages = 0, width = 0;
  std::vector<std::int32_t> numbers, rows;
};

Tables tables_of(const CacheCase& c) {
  Tables result;
  for (const Queries& s : c.sequences) {
    result.width = std::max(result.width, (s.first + s.count + kCachePage - 1) / kCachePage);
  }
  const auto sequences = static_cast<std::int64_t>(c.sequences.size());
  result.pages = result.width * sequences;
  for (std::int64_t b = 0; b < sequences; ++b) {
    for (std::int64_t j = 0; j < result.width; ++j) {
      result.numbers.push_back(static_cast<std::int32_t>(result.pages - 1 - j * sequences - b));
    }
    const Queries& s = c.sequences[static_cast<std::size_t>(b)];
    for (std::int64_t t = s.first; t < s.first + s.count; ++t) {
      result.rows.push_back(static_cast<std::int32_t>(b));
      result.rows.push_back(static_cast<std::int32_t>(t));
    }
  }
  return result;
}

// A slot for every position of every page, in disorder, and values for it.
Tensor filled_pages(CaseRun& run, DType q, DType cache, const CacheCase& c, std::int64_t pages) {
  const Tensor result = run.unwritten(DType::kF32, {pages, c.kv_heads, kCachePage, c.head_dim});
  const Tensor stored = run.ctx().zeros(cache, result.shape());
  const std::int64_t count = pages * kCachePage;
  std::vector<std::int32_t> slots;
  for (std::int64_t n = 0; n < count; ++n) {
    slots.push_back(static_cast<std::int32_t>((n * 7 + 3) % count));  // 7 divides no 64 P here
  }
  const Tensor x = run.normal(q, {count, c.kv_heads, c.head_dim});
  run.op().cache_store(run.ctx(), stored, x, run.ctx().upload({count}, slots));
  return stored;
}

void attention_case(CaseRun& run, DType type, DType cache, const CacheCase& c) {
  const Tables t = tables_of(c);
  const auto count = static_cast<std::int64_t>(t.rows.size() / 2);
  const Tensor keys = filled_pages(run, type, cache, c, t.pages);
  const Tensor values = filled_pages(run, type, cache, c, t.pages);
  const Tensor q = run.normal(type, {count, c.heads, c.head_dim});
  const Tensor o = run.unwritten(type, q.shape());
  const auto sequences = static_cast<std::int64_t>(c.sequences.size());
  const Tensor tables = run.ctx().upload({sequences, t.width}, t.numbers);
  const Tensor rows = run.ctx().upload({count, 2}, t.rows);
  const CacheShape shape{c.heads, c.kv_heads, c.head_dim, c.window,
                         1.0f / std::sqrt(static_cast<float>(c.head_dim))};
  run.op().cache_attention(run.ctx(), o, q, keys, values, tables, rows, Tensor(), shape);
  run.keep("o", o);
  const Tensor bias = run.normal(DType::kF32, {c.heads, t.width * kCachePage}, 2.0f);
  run.op().cache_attention(run.ctx(), o, q, keys, values, tables, rows, bias, shape);
  run.keep("o with bias", o);
}

}  // namespace

void add_cache_cases(std::vector<OpCase>& cases) {
  const CacheCase all[] = {
      {{{0, 1}}, 1, 1, 4, 0},
      {{{63, 1}, {64, 1}, {5, 1}}, 6, 2, 16, 0},
      {{{0, 70}}, 9, 3, 64, 0},
      {{{130, 33}, {0, 3}, {64, 1}}, 4, 2, 32, 0},
      {{{20, 100}, {190, 2}}, 2, 2, 80, 40},  // a window within a page, and over its edge
      {{{200, 1}, {64, 66}}, 6, 1, 10, 64},
      {{{0, 7}, {126, 4}}, 3, 3, 256, 100},
  };
  for (const DType type : {DType::kF32, DType::kBF16}) {
    for (const CacheCase& c : all) {
      for (const DType cache :
           {DType::kF32, DType::kF16, DType::kBF16, DType::kQ8_0, DType::kQ4_0}) {
        if (c.head_dim % dtype_info(cache).block != 0) continue;
        add_case(cases, "cache_attention", detail(type, cache, c),
                 [=](CaseRun& run) { attention_case(run, type, cache, c); });
        add_case(cases, "cache_store", detail(type, cache, c), [=](CaseRun& run) {
          run.keep("pages", filled_pages(run, type, cache, c, tables_of(c).pages), 1e-30);
        });
      }
    }
  }
}

}  // namespace lucie
