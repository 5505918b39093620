// What inference promises rests on this: a row has the bits that it has alone, whatever rows stand
// beside it, whichever pages its keys lie in, and on any number of threads.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "base/rng.h"
#include "tensor/cpu/device.h"
#include "tensor/cpu/isa.h"

namespace lucie::cpu {
namespace {

std::vector<float> normal(std::int64_t count, std::string_view purpose) {
  std::vector<float> values;
  Rng rng(3, purpose, 0);
  for (std::int64_t i = 0; i < count; ++i) values.push_back(rng.normal());
  return values;
}

void expect_same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  ASSERT_EQ(a.size(), b.size());
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0);
}

class RowIndependence : public ::testing::TestWithParam<const Kernels*> {
 protected:
  ThreadPool one_{1}, three_{3};
  Context alone_{make_device_on(*GetParam()), one_}, trio_{make_device_on(*GetParam()), three_};
};

TEST_P(RowIndependence, of_products_in_either_form) {
  constexpr std::int64_t kRows = 37, kInputs = 1024, kOutputs = 70;
  const std::vector<float> x = normal(kRows * kInputs, "x"), w = normal(kOutputs * kInputs, "w");
  for (const DType type : {DType::kF32, DType::kBF16, DType::kF16, DType::kQ8_0, DType::kQ4_0}) {
    for (const ProductForm form : {ProductForm::kFewRows, ProductForm::kManyRows}) {
      const auto product = [&](Context& ctx, std::int64_t begin, std::int64_t count) {
        ctx.set_product_form(form);
        const Tensor weights = ctx.upload(type, {kOutputs, kInputs}, w);
        const Tensor rows = ctx.upload(DType::kF32, {kRows, kInputs}, x).rows(begin, count);
        const Tensor y = ctx.empty(DType::kF32, {count, kOutputs});
        ctx.op().matmul(ctx, y, rows, weights, Tensor(), false);
        return ctx.download(y);
      };
      SCOPED_TRACE(dtype_info(type).name);
      const std::vector<float> all = product(trio_, 0, kRows);
      for (const std::int64_t row : {0, 5, 36}) {
        const auto first = all.begin() + row * kOutputs;
        expect_same_bits(product(alone_, row, 1), {first, first + kOutputs});
      }
      const auto last = all.begin() + 20 * kOutputs;
      expect_same_bits(product(alone_, 20, 17), {last, all.end()});
    }
  }
}

TEST_P(RowIndependence, of_products_from_those_beside_them) {
  constexpr std::int64_t kInputs = 512, kOutputs[] = {70, 16, 131};
  for (const DType type : {DType::kBF16, DType::kQ8_0, DType::kQ4_0, DType::kQ4_K}) {
    for (const std::int64_t rows : {1, 3, 20}) {
      for (const Products how : {Products::kExact, Products::kRounded}) {
        SCOPED_TRACE(std::string(dtype_info(type).name) + "/" + std::to_string(rows));
        const auto all = [&](Context& ctx, bool together) {
          ctx.set_products(how);
          const Tensor x = ctx.upload(DType::kF32, {rows, kInputs}, normal(rows * kInputs, "x"));
          std::vector<Projection> products;
          for (const std::int64_t outputs : kOutputs) {
            const Shape shape{outputs, kInputs};
            products.push_back({ctx.empty(DType::kF32, {rows, outputs}),
                                ctx.upload(type, shape, normal(shape.numel(), "w")), Tensor()});
            const Projection& p = products.back();
            if (!together) ctx.op().matmul(ctx, p.y, x, p.w, Tensor(), false);
          }
          if (together) ctx.op().matmuls(ctx, products, x);
          std::vector<float> values;
          for (const Projection& p : products) {
            const std::vector<float> y = ctx.download(p.y);
            values.insert(values.end(), y.begin(), y.end());
          }
          return values;
        };
        expect_same_bits(all(trio_, true), all(alone_, false));
      }
    }
  }
}

// Two sequences of keys, each of two pages and a bit.
struct Cache {
  static constexpr std::int64_t kHeads = 6, kKvHeads = 2, kWidth = 32, kLength = 150;
  Tensor keys, values, tables;

  // `order`: which page is where.
  Cache(Context& ctx, DType type, const std::vector<std::int32_t>& order) {
    const Shape shape{6, kKvHeads, kCachePage, kWidth};
    keys = ctx.empty(type, shape);
    values = ctx.empty(type, shape);
    std::vector<std::int32_t> slots;
    for (std::int64_t b = 0; b < 2; ++b) {
      for (std::int64_t t = 0; t < kLength; ++t) {
        const auto page = static_cast<std::size_t>(b * 3 + t / kCachePage);
        slots.push_back(order[page] * static_cast<std::int32_t>(kCachePage) +
                        static_cast<std::int32_t>(t % kCachePage));
      }
    }
    tables = ctx.upload({2, 3}, order);
    const Shape rows{2 * kLength, kKvHeads, kWidth};
    for (const auto& [pages, name] : {std::pair(keys, "k"), std::pair(values, "v")}) {
      ctx.op().cache_store(ctx, pages, ctx.upload(DType::kF32, rows, normal(rows.numel(), name)),
                           ctx.upload({2 * kLength}, slots));
    }
  }

  // Rows (sequence, position), whose queries are a function of both.
  std::vector<float> attend(Context& ctx, const std::vector<std::int32_t>& rows,
                            std::int64_t window) const {
    const std::vector<float> all = normal(2 * kLength * kHeads * kWidth, "q");
    const auto count = static_cast<std::int64_t>(rows.size() / 2);
    std::vector<float> queries;
    for (std::size_t n = 0; n < rows.size(); n += 2) {
      const auto first = all.begin() + (rows[n] * kLength + rows[n + 1]) * kHeads * kWidth;
      queries.insert(queries.end(), first, first + kHeads * kWidth);
    }
    const Tensor q = ctx.upload(DType::kF32, {count, kHeads, kWidth}, queries);
    const Tensor o = ctx.empty(DType::kF32, q.shape());
    ctx.op().cache_attention(ctx, o, q, keys, values, tables, ctx.upload({count, 2}, rows),
                             Tensor(), {kHeads, kKvHeads, kWidth, window, 0.2f});
    return ctx.download(o);
  }
};

TEST_P(RowIndependence, of_attention_over_a_cache) {
  std::vector<std::int32_t> rows;
  for (std::int32_t t = 10; t < 150; ++t) rows.insert(rows.end(), {0, t});
  for (const std::int32_t t : {0, 149, 63, 64}) rows.insert(rows.end(), {1, t});
  for (const DType type : {DType::kF32, DType::kF16, DType::kBF16, DType::kQ8_0, DType::kQ4_0}) {
    for (const std::int64_t window : {0, 50}) {
      SCOPED_TRACE(dtype_info(type).name);
      const Cache here(trio_, type, {0, 1, 2, 3, 4, 5}), there(alone_, type, {4, 0, 3, 5, 1, 2});
      const std::vector<float> all = here.attend(trio_, rows, window);
      constexpr std::int64_t kRow = Cache::kHeads * Cache::kWidth;
      for (std::size_t n = 0; n < rows.size(); n += 2) {
        const auto first = all.begin() + static_cast<std::int64_t>(n / 2) * kRow;
        expect_same_bits(there.attend(alone_, {rows[n], rows[n + 1]}, window),
                         {first, first + kRow});
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EveryIsa, RowIndependence, ::testing::ValuesIn(available_kernels()),
                         [](const auto& isa) { return std::string(isa.param->name); });

}  // namespace
}  // namespace lucie::cpu
