#include <algorithm>
#include <cmath>

#include "tensor/ref/product.h"
#include "tensor/ref/ref.h"

namespace lucie::ref {
namespace {

// One head of a (B, T, heads, D) tensor as a (T, D) matrix of floats.
Floats load_head(const Tensor& x, std::int64_t batch, std::int64_t head) {
  const std::int64_t times = x.dim(1), heads = x.dim(2), width = x.dim(3);
  Floats matrix = floats(times * width);
  for (std::int64_t t = 0; t < times; ++t) {
    load_row(x, (batch * times + t) * heads + head, matrix.data() + t * width);
  }
  return matrix;
}

void store_head(const Tensor& x, std::int64_t batch, std::int64_t head, const Floats& matrix) {
  const std::int64_t times = x.dim(1), heads = x.dim(2), width = x.dim(3);
  for (std::int64_t t = 0; t < times; ++t) {
    store_row(x, (batch * times + t) * heads + head, matrix.data() + t * width);
  }
}

// A 4-dimensional window on x, whatever its rank.
Tensor as_heads(const Tensor& x, const AttentionShape& shape, std::int64_t times,
                std::int64_t heads) {
  return x.reshape({shape.batch, times, heads, shape.head_dim});
}

// The bias of one query head at keys 0, 1, ..., or null.
const float* bias_of(const Tensor& bias, std::int64_t head) {
  return bias.defined() ? data<float>(bias) + head * bias.shape().last() : nullptr;
}

// The keys of a head as (D, S), and what is added to their scores.
struct Keys {
  Floats columns;
  const float* bias;
};

// The keys [begin, end) that a query sees.
struct Visible {
  std::int64_t begin, end;
};

Visible visible_to(const Tensor& starts, std::int64_t b, std::int64_t t,
                   const AttentionShape& shape) {
  const std::int64_t begin =
      starts.defined() ? data<std::int32_t>(starts)[b * shape.queries + t] : 0;
  return {begin, t + 1};
}

// scores = scale * q . k + bias, at the visible keys
void score_row(float* scores, const float* query, const Keys& keys, const Visible& visible,
               const AttentionShape& shape) {
  std::fill(scores + visible.begin, scores + visible.end, 0.0f);
  for (std::int64_t d = 0; d < shape.head_dim; ++d) {
    const float* key = keys.columns.data() + d * shape.queries;
    for (std::int64_t s = visible.begin; s < visible.end; ++s) scores[s] += query[d] * key[s];
  }
  for (std::int64_t s = visible.begin; s < visible.end; ++s) {
    scores[s] *= shape.scale;
    if (keys.bias != nullptr) scores[s] += keys.bias[s];
  }
}

// out(D) += factor * row(D)
void add_scaled(float* out, float factor, const float* row, std::int64_t width) {
  for (std::int64_t d = 0; d < width; ++d) out[d] += factor * row[d];
}

}  // namespace

void attention_forward(Context&, const Tensor& o, const Tensor& lse, const Tensor& q,
                       const Tensor& k, const Tensor& v, const Tensor& bias, const Tensor& starts,
                       const AttentionShape& shape) {
  const std::int64_t width = shape.head_dim, group = shape.heads / shape.kv_heads;
  const Tensor q4 = as_heads(q, shape, shape.queries, shape.heads);
  const Tensor o4 = as_heads(o, shape, shape.queries, shape.heads);
  const Tensor k4 = as_heads(k, shape, shape.queries, shape.kv_heads);
  const Tensor v4 = as_heads(v, shape, shape.queries, shape.kv_heads);
  Floats scores = floats(shape.queries);
  for (std::int64_t b = 0; b < shape.batch; ++b) {
    for (std::int64_t h = 0; h < shape.heads; ++h) {
      const Keys keys{transposed(load_head(k4, b, h / group), shape.queries, width),
                      bias_of(bias, h)};
      const Floats values = load_head(v4, b, h / group);
      const Floats queries = load_head(q4, b, h);
      Floats out = floats(shape.queries * width);
      for (std::int64_t t = 0; t < shape.queries; ++t) {
        const Visible visible = visible_to(starts, b, t, shape);
        score_row(scores.data(), queries.data() + t * width, keys, visible, shape);
        const float top =
            *std::max_element(scores.begin() + visible.begin, scores.begin() + visible.end);
        float total = 0.0f;
        float* row = out.data() + t * width;
        for (std::int64_t s = visible.begin; s < visible.end; ++s) {
          const float weight = std::exp(scores[static_cast<std::size_t>(s)] - top);
          total += weight;
          add_scaled(row, weight, values.data() + s * width, width);
        }
        for (std::int64_t d = 0; d < width; ++d) row[d] /= total;
        if (lse.defined()) {
          data<float>(lse)[(b * shape.queries + t) * shape.heads + h] = top + std::log(total);
        }
      }
      store_head(o4, b, h, out);
    }
  }
}

namespace {

// What the backward pass of one query head reads, as (T, D) matrices.
struct HeadInputs {
  Floats q, k, v, o, d_o;
  Keys keys;
  Floats values;  // v as (D, T)
};

struct HeadGradients {
  Floats dq, dk, dv;
};

// With p = exp(s - lse) and ds = p * (do . v - do . o):
// dv += p do, dq += scale ds k, dk += scale ds q (Dao 2023, section 3.2).
void backward_row(HeadGradients& out, const HeadInputs& in, const Visible& visible, float lse,
                  const AttentionShape& shape) {
  const std::int64_t width = shape.head_dim, t = visible.end - 1;
  Floats scores = floats(visible.end);
  Floats dp = floats(visible.end);
  const float* query = in.q.data() + t * width;
  const float* d_o = in.d_o.data() + t * width;
  score_row(scores.data(), query, in.keys, visible, shape);
  float delta = 0.0f;
  for (std::int64_t d = 0; d < width; ++d) {
    delta += d_o[d] * in.o[static_cast<std::size_t>(t * width + d)];
    const float* value = in.values.data() + d * shape.queries;
    for (std::int64_t s = visible.begin; s < visible.end; ++s)
      dp[static_cast<std::size_t>(s)] += d_o[d] * value[s];
  }
  for (std::int64_t s = visible.begin; s < visible.end; ++s) {
    const auto i = static_cast<std::size_t>(s);
    const float p = std::exp(scores[i] - lse);
    const float ds = p * (dp[i] - delta) * shape.scale;
    add_scaled(out.dv.data() + s * width, p, d_o, width);
    add_scaled(out.dq.data() + t * width, ds, in.k.data() + s * width, width);
    add_scaled(out.dk.data() + s * width, ds, query, width);
  }
}

}  // namespace

void attention_backward(Context&, const Tensor& dq, const Tensor& dk, const Tensor& dv,
                        const Tensor& d_o, const Tensor& o, const Tensor& lse, const Tensor& q,
                        const Tensor& k, const Tensor& v, const Tensor& bias, const Tensor& starts,
                        const AttentionShape& shape) {
  const std::int64_t times = shape.queries, width = shape.head_dim;
  const std::int64_t group = shape.heads / shape.kv_heads;
  const auto by_query_head = [&](const Tensor& x) {
    return as_heads(x, shape, times, shape.heads);
  };
  const auto by_kv_head = [&](const Tensor& x) {
    return as_heads(x, shape, times, shape.kv_heads);
  };
  for (std::int64_t b = 0; b < shape.batch; ++b) {
    for (std::int64_t kv = 0; kv < shape.kv_heads; ++kv) {
      HeadInputs in;
      in.k = load_head(by_kv_head(k), b, kv);
      in.v = load_head(by_kv_head(v), b, kv);
      in.keys.columns = transposed(in.k, times, width);
      in.values = transposed(in.v, times, width);
      HeadGradients out;
      out.dk = floats(times * width);
      out.dv = floats(times * width);
      for (std::int64_t h = kv * group; h < (kv + 1) * group; ++h) {
        in.keys.bias = bias_of(bias, h);
        in.q = load_head(by_query_head(q), b, h);
        in.o = load_head(by_query_head(o), b, h);
        in.d_o = load_head(by_query_head(d_o), b, h);
        out.dq = floats(times * width);
        for (std::int64_t t = 0; t < times; ++t) {
          const float log_sum = data<float>(lse)[(b * times + t) * shape.heads + h];
          backward_row(out, in, visible_to(starts, b, t, shape), log_sum, shape);
        }
        store_head(by_query_head(dq), b, h, out.dq);
      }
      store_head(by_kv_head(dk), b, kv, out.dk);
      store_head(by_kv_head(dv), b, kv, out.dv);
    }
  }
}

}  // namespace lucie::ref
