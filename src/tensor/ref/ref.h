// The reference operations: what each entry of the table (ops.h) means, in the plainest C++.
//
// One thread; every input row becomes floats first, sums run in f32 in the order of k (in double
// where ops.h says so), and results are rounded to the type of the output at the end. Fast devices
// are tested against these, and may start from this table and replace entries one by one.
#pragma once

#include "tensor/ops.h"

namespace lucie::ref {

// memory.cpp
void copy_from_host(Context& ctx, const Tensor& dst, const void* src);
void copy_to_host(Context& ctx, void* dst, const Tensor& src);
void fill(Context& ctx, const Tensor& x, float value);
void copy(Context& ctx, const Tensor& dst, const Tensor& src);
void gather_rows(Context& ctx, const Tensor& y, const Tensor& x, const Tensor& rows);
void gather_rows_backward(Context& ctx, const Tensor& dx, const Tensor& dy, const Tensor& rows);

// elementwise.cpp
void add(Context& ctx, const Tensor& y, const Tensor& a, const Tensor& b);
void scale(Context& ctx, const Tensor& x, float factor);
void swiglu_forward(Context& ctx, const Tensor& y, const Tensor& gate, const Tensor& up);
void swiglu_backward(Context& ctx, const Tensor& dgate, const Tensor& dup, const Tensor& dy,
                     const Tensor& gate, const Tensor& up);
void gelu_forward(Context& ctx, const Tensor& y, const Tensor& x, Gelu form);
void gelu_backward(Context& ctx, const Tensor& dx, const Tensor& dy, const Tensor& x, Gelu form);

// norm.cpp
void rmsnorm_forward(Context& ctx, const Tensor& y, const Tensor& h, const Tensor& rstd,
                     const Tensor& x, const Tensor& branch, const Tensor& w, float eps);
void rmsnorm_backward(Context& ctx, const Tensor& dh, const Tensor& dw, const Tensor& dy,
                      const Tensor& h, const Tensor& rstd, const Tensor& w);
void layernorm_forward(Context& ctx, const Tensor& y, const Tensor& h, const Tensor& mean,
                       const Tensor& rstd, const Tensor& x, const Tensor& branch, const Tensor& w,
                       const Tensor& bias, float eps);
void layernorm_backward(Context& ctx, const Tensor& dh, const Tensor& dw, const Tensor& dbias,
                        const Tensor& dy, const Tensor& h, const Tensor& mean, const Tensor& rstd,
                        const Tensor& w);

// matmul.cpp
void matmul(Context& ctx, const Tensor& y, const Tensor& x, const Tensor& w, const Tensor& bias,
            bool accumulate);
void matmuls(Context& ctx, std::span<const Projection> products, const Tensor& x);
void matmul_dx(Context& ctx, const Tensor& dx, const Tensor& dy, const Tensor& w, bool accumulate);
void matmul_dw(Context& ctx, const Tensor& dw, const Tensor& dy, const Tensor& x);
void bias_backward(Context& ctx, const Tensor& dbias, const Tensor& dy);

// attention.cpp
void rope(Context& ctx, const Tensor& x, const Tensor& positions, const Tensor& table,
          RopeStyle style, bool inverse);
void attention_forward(Context& ctx, const Tensor& o, const Tensor& lse, const Tensor& q,
                       const Tensor& k, const Tensor& v, const Tensor& bias, const Tensor& starts,
                       const AttentionShape& shape);
void attention_backward(Context& ctx, const Tensor& dq, const Tensor& dk, const Tensor& dv,
                        const Tensor& d_o, const Tensor& o, const Tensor& lse, const Tensor& q,
                        const Tensor& k, const Tensor& v, const Tensor& bias, const Tensor& starts,
                        const AttentionShape& shape);

// cache.cpp
void cache_store(Context& ctx, const Tensor& pages, const Tensor& x, const Tensor& slots);
void cache_attention(Context& ctx, const Tensor& o, const Tensor& q, const Tensor& keys,
                     const Tensor& values, const Tensor& tables, const Tensor& rows,
                     const Tensor& bias, const CacheShape& shape);

// loss.cpp
void head_loss(Context& ctx, const Tensor& loss, const Tensor& dx, const Tensor& dw,
               const Tensor& x, const Tensor& w, const Tensor& targets,
               const LossGradient& gradient);

// optimizer.cpp
void sum(Context& ctx, const Tensor& out, const Tensor& x, bool accumulate);
void sum_of_squares(Context& ctx, const Tensor& out, const Tensor& x, bool accumulate);
void clip_coefficient(Context& ctx, const Tensor& coefficient, const Tensor& sum_of_squares,
                      float max_norm);
void adamw(Context& ctx, const Tensor& p, const Tensor& m, const Tensor& v, const Tensor& working,
           const Tensor& grad, const Tensor& coefficient, const AdamwStep& step);

inline constexpr Ops kOps{
    .copy_from_host = copy_from_host,
    .copy_to_host = copy_to_host,
    .fill = fill,
    .copy = copy,
    .gather_rows = gather_rows,
    .gather_rows_backward = gather_rows_backward,
    .add = add,
    .scale = scale,
    .rmsnorm_forward = rmsnorm_forward,
    .rmsnorm_backward = rmsnorm_backward,
    .layernorm_forward = layernorm_forward,
    .layernorm_backward = layernorm_backward,
    .matmul = matmul,
    .matmuls = matmuls,
    .matmul_dx = matmul_dx,
    .matmul_dw = matmul_dw,
    .bias_backward = bias_backward,
    .rope = rope,
    .attention_forward = attention_forward,
    .attention_backward = attention_backward,
    .cache_store = cache_store,
    .cache_attention = cache_attention,
    .swiglu_forward = swiglu_forward,
    .swiglu_backward = swiglu_backward,
    .gelu_forward = gelu_forward,
    .gelu_backward = gelu_backward,
    .head_loss = head_loss,
    .sum = sum,
    .sum_of_squares = sum_of_squares,
    .clip_coefficient = clip_coefficient,
    .adamw = adamw,
};

}  // namespace lucie::ref
