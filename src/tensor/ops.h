// The table of operations. All maths of the models passes through here; a device is an
// implementation of this table, and the one in tensor/ref gives each operation its meaning.
//
// Letters: B batch, T time, N = B*T rows, C model width, H heads, K key/value heads, D head width,
// F ffn width, V vocab, S cached positions (ARCHITECTURE.md). Outputs come first. Tensors are f32
// unless the comment says otherwise; "f32|bf16" means that a device takes either, and all
// arithmetic and all sums are f32 in either case. `w` may be of any floating type, and quantized in
// forward operations; so may `bias` of products and norms, but not quantized. Shapes are checked by
// the caller's room; operations do not throw.
//
// A sum over k runs in one order fixed by the shapes, never by threads: results do not depend on
// the number of threads. Nor does a row's result depend on the other rows of its batch; that of a
// matmul does on their number alone, unless Context::set_product_form settles it.
#pragma once

#include <cstdint>
#include <span>

#include "tensor/context.h"

namespace lucie {

// One of several products of the same x: y = x w^T + bias.
struct Projection {
  Tensor y, w, bias;
};

struct AttentionShape {
  std::int64_t batch;     // B
  std::int64_t queries;   // T; query t sees keys 0 ... t
  std::int64_t heads;     // H
  std::int64_t kv_heads;  // K, divides H; query head h reads kv head h / (H / K)
  std::int64_t head_dim;  // D
  float scale;            // scores are scale * q.k, plus the bias
};

// Keys and values of many sequences lie in pages of so many positions.
inline constexpr std::int64_t kCachePage = 64;

struct CacheShape {
  std::int64_t heads, kv_heads, head_dim;  // H, K, D as in AttentionShape
  std::int64_t window;  // a query sees so many keys at most, its own the last; 0: all
  float scale;
};

// Gradients of scale * sum(loss + z_loss * log(z)^2), where log(z) is the log of the softmax's
// denominator (Chowdhery et al. 2022, section 5); the loss itself is without the second term.
struct LossGradient {
  float scale;
  float z_loss = 0.0f;
};

// Of a training step, for Device::step_scratch_bytes.
struct StepShape {
  DType type;                       // of weights and activations
  std::int64_t rows, width, vocab;  // N, C, V
  AttentionShape attention;
};

enum class Gelu : std::uint8_t {
  kErf,   // x/2 (1 + erf(x / sqrt 2))
  kTanh,  // x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
};

enum class RopeStyle : std::uint8_t {
  kHalf,         // pairs (i, i + r/2), as Hugging Face and GPT-NeoX
  kInterleaved,  // pairs (2i, 2i + 1), as Meta, GPT-J and GGUF's llama
};

struct AdamwStep {
  float learning_rate;
  float beta1, beta2, eps;
  float weight_decay;  // decoupled; 0 for tensors that do not decay
  std::int64_t step;   // counts from 1 (bias correction)
};

struct Ops {
  // Memory. Sizes agree; host pointers are plain memory in the tensor's own layout.
  void (*copy_from_host)(Context&, const Tensor& dst, const void* src);
  void (*copy_to_host)(Context&, void* dst, const Tensor& src);
  void (*fill)(Context&, const Tensor& x, float value);  // plain types, i32 included
  // dst = src, converting f32/f16/bf16/quantized -> f32/bf16/f16 where the types differ.
  void (*copy)(Context&, const Tensor& dst, const Tensor& src);

  // y(M, C) = x(N, C)[rows(M)], any x type, y f32|bf16. Embedding look-up and picking positions.
  void (*gather_rows)(Context&, const Tensor& y, const Tensor& x, const Tensor& rows);
  // dx(V, C) += scatter of dy(M, C) f32|bf16 at rows(M), in order of m: deterministic.
  void (*gather_rows_backward)(Context&, const Tensor& dx, const Tensor& dy, const Tensor& rows);

  // y = a + b elementwise, f32|bf16 each; y may be a.
  void (*add)(Context&, const Tensor& y, const Tensor& a, const Tensor& b);
  void (*scale)(Context&, const Tensor& x, float factor);

  // Root mean square norm (Zhang & Sennrich 2019) over the last dimension, with the residual add
  // in front of it fused: h = x + branch (h = x when branch is undefined; then h may be undefined
  // too), rstd(N) = 1/sqrt(mean(h^2) + eps), y = h * rstd * w. x, h f32; branch, y f32|bf16.
  void (*rmsnorm_forward)(Context&, const Tensor& y, const Tensor& h, const Tensor& rstd,
                          const Tensor& x, const Tensor& branch, const Tensor& w, float eps);
  // dh(N, C) f32 += d(norm)/dh . dy; dw(C) += ... ; dy f32|bf16. dw may be undefined (frozen).
  void (*rmsnorm_backward)(Context&, const Tensor& dh, const Tensor& dw, const Tensor& dy,
                           const Tensor& h, const Tensor& rstd, const Tensor& w);

  // Layer norm (Ba et al. 2016) over the last dimension, with the residual add in front of it as in
  // rmsnorm_forward: h = x + branch, mean(N), rstd(N) = 1/sqrt(variance + eps) with the variance
  // mean((h - mean)^2), y = (h - mean) * rstd * w + bias. mean and rstd are kept for backward and
  // may be undefined; so may bias(C). x, h f32; branch, y f32|bf16.
  void (*layernorm_forward)(Context&, const Tensor& y, const Tensor& h, const Tensor& mean,
                            const Tensor& rstd, const Tensor& x, const Tensor& branch,
                            const Tensor& w, const Tensor& bias, float eps);
  // dh(N, C) f32 += d(norm)/dh . dy; dw(C), dbias(C) f32 += ... ; dy f32|bf16. dw and dbias may
  // be undefined (frozen, or no bias).
  void (*layernorm_backward)(Context&, const Tensor& dh, const Tensor& dw, const Tensor& dbias,
                             const Tensor& dy, const Tensor& h, const Tensor& mean,
                             const Tensor& rstd, const Tensor& w);

  // y(N, O) = x(N, I) w(O, I)^T + bias(O), or y += with accumulate; rounded to y's type once. bias
  // may be undefined. x, y f32|bf16; w any type. With quantized w and ctx.products() kRounded, x is
  // rounded first: each 32 of a row to multiples n * s, |n| <= 127, of s = max|x| / 127, with n the
  // nearest to x * (127 / max|x|), ties to even; all zero where max|x| < 2^-100. A row's bits then
  // do not depend on how many rows there are. With bf16 w and kRounded, x is rounded to bf16.
  void (*matmul)(Context&, const Tensor& y, const Tensor& x, const Tensor& w, const Tensor& bias,
                 bool accumulate);
  // matmul of x with each w, in one go: the same bits as one after the other.
  void (*matmuls)(Context&, std::span<const Projection> products, const Tensor& x);
  // dx(N, I) = dy(N, O) w(O, I), or dx +=. dx, dy f32|bf16; w f32|bf16.
  void (*matmul_dx)(Context&, const Tensor& dx, const Tensor& dy, const Tensor& w, bool accumulate);
  // dw(O, I) f32 += dy(N, O)^T x(N, I). dy, x f32|bf16.
  void (*matmul_dw)(Context&, const Tensor& dw, const Tensor& dy, const Tensor& x);
  // dbias(O) f32 += sum over n of dy(N, O) f32|bf16.
  void (*bias_backward)(Context&, const Tensor& dbias, const Tensor& dy);

  // Rotates x(N, heads, D) f32|bf16 in place (Su et al. 2021): row n by the angles of
  // table(P, r) f32 at row positions(N) i32, of which the first r/2 columns are cosines and the
  // last r/2 sines; dims r ... D-1 pass through. `inverse` turns back (the backward pass).
  void (*rope)(Context&, const Tensor& x, const Tensor& positions, const Tensor& table,
               RopeStyle style, bool inverse);

  // Causal softmax attention. q, o (B, T, H, D); k, v (B, T, K, D); f32|bf16, all alike. bias(H, P)
  // f32 with P >= T is added to the scores: query head h has scale * q.k + bias[h][s] at key s.
  // ALiBi (Press et al. 2022) is slope[h] * s, which the softmax cannot tell from slope[h] * (s -
  // t). May be undefined. starts(B, T) i32: query t sees no key before starts[t] <= t, so that
  // documents in a sequence do not see each other; it never falls along T. May be undefined.
  // lse(B, T, H): log of the softmax denominator, kept for backward; may be undefined.
  void (*attention_forward)(Context&, const Tensor& o, const Tensor& lse, const Tensor& q,
                            const Tensor& k, const Tensor& v, const Tensor& bias,
                            const Tensor& starts, const AttentionShape& shape);
  // Writes dq, dk, dv (same shapes and types as q, k, v). FlashAttention-2 (Dao 2023), eq. of
  // section 3.2: scores are recomputed from lse. The bias is a constant.
  void (*attention_backward)(Context&, const Tensor& dq, const Tensor& dk, const Tensor& dv,
                             const Tensor& d_o, const Tensor& o, const Tensor& lse, const Tensor& q,
                             const Tensor& k, const Tensor& v, const Tensor& bias,
                             const Tensor& starts, const AttentionShape& shape);

  // Puts x(N, K, D) f32|bf16 into pages(P, K, kCachePage, D) of f32, f16, bf16, q8_0 or q4_0: row n
  // at position slots(N) i32 % kCachePage of page slots(N) / kCachePage.
  void (*cache_store)(Context&, const Tensor& pages, const Tensor& x, const Tensor& slots);
  // Attention of q, o (N, H, D) f32|bf16 over such pages. rows(N, 2) i32 has the sequence of row n
  // and its position t: it sees the keys 0 ... t of that sequence, or the last `window` of them.
  // tables(B, M) i32 lists the pages of each sequence. bias(H, P) as in attention_forward. A row's
  // result depends on its own keys alone, bit for bit.
  void (*cache_attention)(Context&, const Tensor& o, const Tensor& q, const Tensor& keys,
                          const Tensor& values, const Tensor& tables, const Tensor& rows,
                          const Tensor& bias, const CacheShape& shape);

  // y = silu(gate) * up (Shazeer 2020), all (N, F) f32|bf16.
  void (*swiglu_forward)(Context&, const Tensor& y, const Tensor& gate, const Tensor& up);
  void (*swiglu_backward)(Context&, const Tensor& dgate, const Tensor& dup, const Tensor& dy,
                          const Tensor& gate, const Tensor& up);
  // y = gelu(x) (Hendrycks & Gimpel 2016), f32|bf16 each; y may be x.
  void (*gelu_forward)(Context&, const Tensor& y, const Tensor& x, Gelu form);
  // dx = gelu'(x) dy, f32|bf16 each; dx may be dy.
  void (*gelu_backward)(Context&, const Tensor& dx, const Tensor& dy, const Tensor& x, Gelu form);

  // Output projection and softmax cross-entropy in chunks of rows, never holding (N, V) whole.
  // loss(N) = -log softmax(x w^T)[target], 0 where target(N) i32 is negative (masked).
  // With dx defined, also dx(N, C) = and dw(V, C) += the gradients that `gradient` asks for;
  // dw may be undefined. x, dx f32|bf16; w f32|bf16, without dx any type.
  void (*head_loss)(Context&, const Tensor& loss, const Tensor& dx, const Tensor& dw,
                    const Tensor& x, const Tensor& w, const Tensor& targets,
                    const LossGradient& gradient);

  // out(1) = sum of x, or += with accumulate; in double inside.
  void (*sum)(Context&, const Tensor& out, const Tensor& x, bool accumulate);
  void (*sum_of_squares)(Context&, const Tensor& out, const Tensor& x, bool accumulate);
  // coefficient(1) = min(1, max_norm / (sqrt(sum_of_squares(1)) + 1e-6)), as torch's
  // clip_grad_norm_.
  void (*clip_coefficient)(Context&, const Tensor& coefficient, const Tensor& sum_of_squares,
                           float max_norm);
  // AdamW (Loshchilov & Hutter 2019, torch's order of operations) on f32 p, m, v with gradient
  // coefficient(1) * grad; `working`, when defined, gets p in its own type (bf16).
  void (*adamw)(Context&, const Tensor& p, const Tensor& m, const Tensor& v, const Tensor& working,
                const Tensor& grad, const Tensor& coefficient, const AdamwStep& step);
};

// tensor/ref, tensor/cpu and tensor/fake.
std::shared_ptr<Device> make_ref_device();
std::shared_ptr<Device> make_cpu_device();
std::shared_ptr<Device> make_fake_device();

}  // namespace lucie
