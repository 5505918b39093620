#include "model/kv_cache.h"

#include <cmath>
#include <cstring>
#include <optional>

#include "model/test_model.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

using testing_model::error_of;
using testing_model::small_config;

// Heads of 32, so that blocks fit, and a window of several pages.
ModelConfig wide_config() {
  ModelConfig config = small_config();
  config.head_dim = config.rope.dims = 32;
  config.attention_scale = 0.15;
  config.max_position_embeddings = 300;
  return config;
}

std::vector<TokenId> some_ids(std::int64_t count, int kind = 0) {
  std::vector<TokenId> ids;
  for (int i = 0; i < count; ++i) ids.push_back((i * 37 + kind * 11 + i / 7) % 260);
  return ids;
}

class KvCacheTest : public ::testing::Test {
 protected:
  ThreadPool pool_{2};
  Context ctx_{make_device("cpu"), pool_};
  ModelConfig config_ = wide_config();
  Decoder model_ = testing_model::small_model(ctx_, config_);
  Activations activations_{ctx_, config_, 300, DType::kF32, Activations::Keep::kOneLayer};

  using Rows = std::vector<std::vector<float>>;  // logits of rows

  Rows logits_of(const Batch& batch) {
    model_.forward(ctx_, batch, activations_);
    std::vector<std::int32_t> all;
    for (std::int32_t n = 0; n < batch.rows(); ++n) all.push_back(n);
    const std::vector<float> flat = ctx_.download(
        model_.logits(ctx_, activations_, batch.rows(), ctx_.upload({batch.rows()}, all)));
    Rows rows;
    for (std::int64_t n = 0; n < batch.rows(); ++n) {
      rows.emplace_back(flat.begin() + n * config_.vocab_size,
                        flat.begin() + (n + 1) * config_.vocab_size);
    }
    return rows;
  }
  Rows read(CachedSequence& sequence, std::span<const TokenId> ids) {
    const CachePiece piece{&sequence, ids};
    return logits_of(make_cached_batch(ctx_, {&piece, 1}));
  }
  static double difference(const Rows& a, const Rows& b) {
    EXPECT_EQ(a.size(), b.size());
    double most = 0;
    for (std::size_t n = 0; n < a.size(); ++n) {
      for (std::size_t v = 0; v < a[n].size(); ++v) {
        most = std::max(most, static_cast<double>(std::abs(a[n][v] - b[n][v])));
      }
    }
    return most;
  }
};

TEST_F(KvCacheTest, gives_the_logits_of_the_full_forward_pass_in_pieces_of_any_size) {
  const std::vector<TokenId> ids = some_ids(200);
  for (const std::int64_t window : {0, 1, 70, 500}) {
    config_.sliding_window = window;
    model_ = testing_model::small_model(ctx_, config_);
    const Rows whole = logits_of(make_batch(ctx_, ids, {}, 1));
    for (const std::size_t step : {1U, 7U, 64U, 200U}) {
      KvCache cache(ctx_, config_, 256, DType::kF32);
      CachedSequence sequence(cache);
      Rows rows;
      for (std::size_t at = 0; at < ids.size(); at += step) {
        const auto count = std::min(step, ids.size() - at);
        for (auto& row : read(sequence, std::span(ids).subspan(at, count))) rows.push_back(row);
      }
      EXPECT_LE(difference(rows, whole), 1e-5) << step << ", window " << window;
    }
  }
}

TEST_F(KvCacheTest, types_with_fewer_bits_stray_further_but_not_far) {
  const std::vector<TokenId> ids = some_ids(150);
  const Rows whole = logits_of(make_batch(ctx_, ids, {}, 1));
  double before = -1;
  for (const char* name : {"f32", "f16", "bf16", "q8_0", "q4_0"}) {
    KvCache cache(ctx_, config_, 256, cache_type(name, config_, "--cache-type"));
    CachedSequence sequence(cache);
    const double now = difference(read(sequence, ids), whole);
    if (std::string(name) == "q8_0") before = 0;  // about as far as bf16
    EXPECT_GT(now, before) << name;
    before = now;
  }
  EXPECT_LT(before, 2.0);
}

TEST_F(KvCacheTest, a_batch_has_the_bits_of_each_sequence_alone) {
  for (const ProductForm form : {ProductForm::kFewRows, ProductForm::kManyRows}) {
    ctx_.set_product_form(form);
    KvCache cache(ctx_, config_, 2048, DType::kF16);
    std::vector<std::vector<TokenId>> texts{some_ids(90, 1), some_ids(3, 2), some_ids(64, 3)};
    std::vector<CachedSequence> together;
    std::vector<CachePiece> pieces;
    for (std::size_t i = 0; i < texts.size(); ++i) together.emplace_back(cache);
    for (std::size_t i = 0; i < texts.size(); ++i) pieces.push_back({&together[i], texts[i]});
    const Rows all = logits_of(make_cached_batch(ctx_, pieces));
    std::size_t at = 0;
    for (const std::vector<TokenId>& text : texts) {
      CachedSequence alone(cache);
      const std::size_t half = text.size() / 2;
      Rows rows = read(alone, std::span(text).first(half));
      for (auto& row : read(alone, std::span(text).subspan(half))) rows.push_back(row);
      for (const auto& row : rows) {
        ASSERT_EQ(std::memcmp(row.data(), all[at++].data(), row.size() * sizeof(float)), 0);
      }
    }
  }
}

TEST_F(KvCacheTest, a_fork_goes_on_by_itself_and_leaves_the_other_as_it_was) {
  KvCache cache(ctx_, config_, 512, DType::kQ8_0);
  const std::vector<TokenId> ids = some_ids(100), more = some_ids(20, 5), other = some_ids(20, 6);
  CachedSequence one(cache);
  read(one, ids);
  CachedSequence two = one.fork();
  const Rows by_two = read(two, other), by_one = read(one, more);
  CachedSequence fresh(cache);
  read(fresh, ids);
  EXPECT_EQ(read(fresh, more), by_one);
  fresh.truncate(100);
  EXPECT_EQ(read(fresh, other), by_two);
  CachedSequence prefix = one.fork(70);
  read(prefix, std::span(ids).subspan(70, 30));
  EXPECT_EQ(read(prefix, more), by_one);
}

TEST_F(KvCacheTest, pages_are_shared_copied_when_written_and_given_back) {
  KvCache cache(ctx_, config_, 4 * kCachePage, DType::kF32);
  EXPECT_EQ(cache.positions(), 4 * kCachePage);
  std::optional<CachedSequence> one(std::in_place, cache);
  one->append(ctx_, kCachePage + 1);
  EXPECT_EQ(cache.free_pages(), 2);
  CachedSequence two = one->fork();
  EXPECT_EQ(cache.free_pages(), 2);
  EXPECT_EQ(two.pages_to_append(1), 1);
  two.append(ctx_, 1);
  EXPECT_EQ(cache.free_pages(), 1);
  EXPECT_EQ(two.pages()[0], one->pages()[0]);
  EXPECT_NE(two.pages()[1], one->pages()[1]);
  EXPECT_EQ(two.slot(kCachePage + 1), two.pages()[1] * kCachePage + 1);
  EXPECT_EQ(one->pages_to_append(1), 0);  // it is the only one there now
  CachedSequence moved = std::move(two);
  moved.truncate(kCachePage);
  EXPECT_EQ(cache.free_pages(), 2);
  one.reset();
  EXPECT_EQ(cache.free_pages(), 3);  // the first page is held by the other
  moved = CachedSequence(cache);
  EXPECT_EQ(cache.free_pages(), 4);
}

TEST_F(KvCacheTest, refuses_what_has_no_room_and_changes_nothing) {
  KvCache cache(ctx_, config_, 3 * kCachePage, DType::kF32);
  CachedSequence one(cache), two(cache);
  one.append(ctx_, 10);
  const std::vector<TokenId> few = some_ids(30), many = some_ids(2 * kCachePage + 1);
  const CachePiece pieces[] = {{&one, few}, {&two, many}};
  const Error error = error_of([&] { make_cached_batch(ctx_, pieces); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.place(), "--ctx-size");
  EXPECT_EQ(one.length(), 10);
  EXPECT_EQ(two.length(), 0);
  EXPECT_EQ(cache.free_pages(), 2);
}

TEST_F(KvCacheTest, a_sequence_beyond_the_models_window_is_an_error) {
  KvCache cache(ctx_, config_, 512, DType::kF32);
  CachedSequence sequence(cache);
  read(sequence, some_ids(300));
  EXPECT_EQ(error_of([&] { read(sequence, some_ids(1)); }).code(), ErrorCode::kInvalidArgument);
}

TEST(CacheType, is_known_by_name_and_fits_the_heads) {
  EXPECT_EQ(cache_type("q8_0", wide_config(), "--cache-type"), DType::kQ8_0);
  for (const char* name : {"q4_k", "i32", "", "q8"}) {
    const Error error = error_of([&] { cache_type(name, wide_config(), "--cache-type"); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.place(), "--cache-type");
  }
  EXPECT_EQ(cache_type("bf16", small_config(), "--cache-type"), DType::kBF16);
  EXPECT_EQ(error_of([&] { cache_type("q4_0", small_config(), "x"); }).hint(), "take f16");
}

TEST(CacheBytes, are_those_of_keys_and_values_of_all_layers_in_whole_pages) {
  const ModelConfig config = wide_config();
  EXPECT_EQ(KvCache::bytes(config, 65, DType::kF16), 2U * 2U * 128U * 2U * 32U * 2U);
  EXPECT_EQ(KvCache::bytes(config, 64, DType::kQ4_0), 2U * 2U * 64U * 2U * 18U);
}

}  // namespace
}  // namespace lucie
