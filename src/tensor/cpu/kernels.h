// The kernels of one instruction set, as a table of function pointers over raw memory.
//
// The sources in cpu/isa are compiled once per instruction set, each into its own namespace
// lucie::cpu::<isa>; this header is all they share with the ordinarily compiled files of cpu/, so
// it holds plain structs only: an inline function here could be kept by the linker in its AVX-512
// version and then run on a machine without. Kernels neither allocate, throw nor start threads; the
// caller cuts the work by shape and calls them on ranges of rows or elements.
#pragma once

#include <cstdint>

namespace lucie::cpu {

struct Bf16 {
  std::uint16_t bits;
};
struct F16 {
  std::uint16_t bits;
};

enum class Element : std::uint8_t {
  kF32,
  kBF16,
  kF16,
  kQ8_0,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kIQ4_NL,
  kQ2_K,
  kQ3_K,
  kQ4_K,
  kQ5_K,
  kQ6_K,
  kIQ4_XS,
};

struct Array {
  void* data;
  Element type;
};
struct ConstArray {
  const void* data;
  Element type;
};

struct RmsnormForward {
  Array y;            // (N, C) f32|bf16
  float* h;           // (N, C) or null
  float* rstd;        // (N)
  const float* x;     // (N, C)
  ConstArray branch;  // (N, C) f32|bf16, or null data
  const float* w;     // (C)
  float eps;
  std::int64_t width;  // C
};

struct RmsnormBackward {
  float* dh;       // (N, C), added to
  ConstArray dy;   // (N, C) f32|bf16
  const float* h;  // (N, C)
  const float* rstd;
  const float* w;  // (C)
  std::int64_t width;
};

struct LayernormForward {
  Array y;             // (N, C) f32|bf16
  float* h;            // (N, C) or null
  float *mean, *rstd;  // (N) or null
  const float* x;      // (N, C)
  ConstArray branch;   // (N, C) f32|bf16, or null data
  const float* w;      // (C)
  const float* bias;   // (C) or null
  float eps;
  std::int64_t width;  // C
};

struct LayernormBackward {
  float* dh;       // (N, C), added to
  ConstArray dy;   // (N, C) f32|bf16
  const float* h;  // (N, C)
  const float *mean, *rstd;
  const float* w;  // (C)
  std::int64_t width;
};

struct Rope {
  Array x;                        // (N, heads, D) f32|bf16
  const std::int32_t* positions;  // (N)
  const float* table;             // (P, r)
  std::int64_t heads, head_dim, rotary;
  bool interleaved, inverse;
};

struct SwigluForward {
  Array y;
  ConstArray gate, up;
};

struct SwigluBackward {
  Array dgate, dup;
  ConstArray dy, gate, up;
};

struct GeluForward {
  Array y;
  ConstArray x;
  bool tanh;  // else erf
};

struct GeluBackward {
  Array dx;
  ConstArray dy, x;
  bool tanh;
};

struct SoftmaxLoss {
  const float* logits;          // (N, V)
  float* loss;                  // (N)
  Array dlogits;                // (N, V) f32|bf16, or null data; may be the logits
  const std::int32_t* targets;  // (N)
  float grad_scale, z_loss;     // as LossGradient in ops.h
  std::int64_t width;           // V
};

struct Adamw {
  float *p, *m, *v;
  Array working;  // f32|bf16, or null data
  const float* grad;
  float coefficient;  // of grad
  float beta2, eps;
  float share1, share2;    // 1 - beta1, 1 - beta2
  float keep;              // 1 - learning rate x weight decay
  float step_size;         // learning rate / (1 - beta1^step)
  float root_correction2;  // sqrt(1 - beta2^step)
};

struct Matvec {
  Array y;                             // (N, O) f32|bf16
  const float* x;                      // (N, I)
  ConstArray w;                        // (O, I) any type
  const float* bias;                   // (O) or null
  std::int64_t rows, outputs, inputs;  // N, O, I
  bool accumulate;
};

// 32 activations rounded to integers (a run): x = scale * byte. The sums of the bytes serve weights
// that are not multiples of their scale: of the first 16 and the last 16 where those have scales of
// their own, else of all; `offset` times the zero of the weights' integers (negated), `total` times
// the scale.
struct alignas(64) RoundedRun {
  std::int8_t bytes[32];
  float scale;
  std::int32_t offset[3];
  float total[3];
};

// A row of runs field by field, followed by its own start, so that from any of its runs on there
// are kMostLanes more. `first` and `second` are bytes 0 ... 15 and 16 ... 31 of each run.
constexpr std::int64_t kMostLanes = 16;
struct RunPlanes {
  std::int8_t *first, *second;
  float* scale;
  std::int32_t* offset[3];
  float* total[3];
};

// Products of rounded rows with quantized weights, whose rows are `inputs` / 32 runs.
struct RoundedMatvec {
  Array y;             // (N, O) f32|bf16
  const RunPlanes* x;  // (N)
  ConstArray w;        // (O, I)
  const float* bias;   // (O) or null
  std::int64_t rows, outputs, inputs;
  bool accumulate;
};
struct RoundedGemm {
  Array y;              // (N, O) f32|bf16
  const RoundedRun* x;  // (N, I / 32)
  ConstArray w;         // (O, I)
  const float* bias;    // (O) or null
  std::int64_t rows, outputs, inputs;
  bool accumulate;
};
constexpr std::int64_t kRoundedColumns = 64;       // outputs that one call of rounded_gemm takes
constexpr std::int64_t kPackedRunBytes = 32 + 16;  // of scratch, for each run of those

// A matrix in memory; strides in elements.
struct Operand {
  ConstArray values;
  std::int64_t row_stride, column_stride;
};

// c(m, n) = or += a(m, k) b(k, n) + bias(n), which may be null. b and c are f32 or bf16; a is
// f32, or bf16 where b is too and the instruction set multiplies it (has_bf16_products). Of either
// source one stride is 1, and so is c's column stride.
struct Gemm {
  Array c;
  std::int64_t c_stride;
  Operand a, b;
  const float* bias = nullptr;
  std::int64_t m, n, k;
  bool accumulate;
};

// The largest tile of a product that one call takes, and its scratch memory in floats.
constexpr std::int64_t kGemmRows = 384, kGemmColumns = 256;
constexpr std::int64_t kGemmBlock = 768;
struct GemmScratch {
  float* a;     // kGemmRows x kGemmBlock
  float* b;     // kGemmColumns x kGemmBlock
  float* sums;  // kGemmRows x kGemmColumns
};

// Strides are those of contiguous (B, T, H, D) and (B, T, K, D) tensors. Everything packed has rows
// of `padded` values (D rounded up to kHeadDimStep), zero beyond D: f32, or bf16 where all tensors
// are and the instruction set multiplies it.
struct Attention {
  Array o;
  float* lse;  // (B, T, H) or null
  ConstArray q, k, v;
  const float* bias;           // (H, P), or null
  std::int64_t bias_stride;    // P
  const std::int32_t* starts;  // (B, T), or null
  std::int64_t batch, queries, heads, kv_heads, head_dim, padded;
  float scale;
};

struct AttentionBackward {
  Attention forward;   // `o` only names the output's type here
  Array dq, dk, dv;    // dk, dv (B, T, parts, D)
  std::int64_t parts;  // K, or H where each query head has a dk and dv of its own
  ConstArray d_o, o;
  const float* lse;
};

// Strides are those of contiguous (N, H, D) and (P, K, kAttentionBlock, D) tensors: a page is a
// block of keys. Scratch and packed rows as in Attention.
struct CacheAttention {
  Array o;
  ConstArray q;
  ConstArray keys, values;     // any type but of blocks wider than D
  std::int64_t row_bytes;      // of D of their elements
  const std::int32_t* tables;  // (B, M)
  std::int64_t table_stride;   // M
  const float* bias;           // (H, P), or null
  std::int64_t bias_stride;    // P
  std::int64_t heads, kv_heads, head_dim, padded;
  std::int64_t window;  // 0: none
  float scale;
};

// Rows that follow each other in one sequence, at one kv head.
struct CacheQueries {
  std::int64_t row, count;  // the first of N
  std::int64_t position;    // of that row
  std::int64_t sequence, kv_head;
};

constexpr std::int64_t kHeadDimStep = 16;
constexpr std::int64_t kAttentionBlock = 64;  // queries and keys in a block

struct Kernels {
  const char* name;
  // dst f32|bf16|f16, src any; n a multiple of src's block.
  void (*convert)(Array dst, ConstArray src, std::int64_t n);
  // Quantizes the n elements of a row, a multiple of the blocks' size: bit for bit as ggml does, in
  // every instruction set. importance: (n), how much a column's error counts; or null.
  void (*encode)(Array blocks, const float* x, const float* importance, std::int64_t n);
  void (*add)(Array y, ConstArray a, ConstArray b, std::int64_t n);
  void (*scale)(Array x, float factor, std::int64_t n);
  double (*sum)(ConstArray x, std::int64_t n);
  double (*sum_of_squares)(ConstArray x, std::int64_t n);

  // On rows begin ... end - 1 of N.
  void (*rmsnorm_forward)(const RmsnormForward&, std::int64_t begin, std::int64_t end);
  // dw (C) is added to; null when frozen.
  void (*rmsnorm_backward)(const RmsnormBackward&, float* dw, std::int64_t begin, std::int64_t end);
  void (*layernorm_forward)(const LayernormForward&, std::int64_t begin, std::int64_t end);
  // dw and dbias (C) are added to; null when there is none to make.
  void (*layernorm_backward)(const LayernormBackward&, float* dw, float* dbias, std::int64_t begin,
                             std::int64_t end);
  // total(width) += rows of x(N, width)
  void (*sum_rows)(float* total, ConstArray x, std::int64_t width, std::int64_t begin,
                   std::int64_t end);
  void (*rope)(const Rope&, std::int64_t begin, std::int64_t end);
  void (*softmax_loss)(const SoftmaxLoss&, std::int64_t begin, std::int64_t end);

  // On elements begin ... end - 1.
  void (*swiglu_forward)(const SwigluForward&, std::int64_t begin, std::int64_t end);
  void (*swiglu_backward)(const SwigluBackward&, std::int64_t begin, std::int64_t end);
  void (*gelu_forward)(const GeluForward&, std::int64_t begin, std::int64_t end);
  void (*gelu_backward)(const GeluBackward&, std::int64_t begin, std::int64_t end);
  void (*adamw)(const Adamw&, std::int64_t begin, std::int64_t end);

  // Output columns begin ... end - 1.
  void (*matvec)(const Matvec&, std::int64_t begin, std::int64_t end);

  // runs[begin ... end - 1] of rounded x, to meet weights of type w.
  void (*round_rows)(RoundedRun* runs, ConstArray x, Element w, std::int64_t begin,
                     std::int64_t end);
  // Output columns begin ... end - 1, begin a multiple of kMostLanes. All sums are in the order of
  // the runs: both give a row the same bits. Scratch: kMostLanes x (I / 32 + 1) floats.
  void (*rounded_matvec)(const RoundedMatvec&, float* scratch, std::int64_t begin,
                         std::int64_t end);
  // At most kRoundedColumns columns. Scratch: kRoundedColumns x I / 32 x kPackedRunBytes, aligned.
  void (*rounded_gemm)(const RoundedGemm&, void* scratch, std::int64_t begin, std::int64_t end);

  // Products of bytes in registers, for measuring: does so many times what it can do side by side,
  // returns its number of multiplications and additions.
  std::int64_t (*spin_bytes)(std::int64_t times);

  // A tile of a product. Each output is summed over k in one order, which k alone fixes.
  void (*gemm)(const Gemm&, const GemmScratch&);

  // Packs keys and values of kv head `head` of sequence b: kt (blocks of T, padded, block)
  // transposed, v (T rounded up to the block, padded). At most f32.
  void (*attention_pack)(const Attention&, float* kt, float* v, std::int64_t b, std::int64_t head);
  // One block of queries of one head; scratch of block x (2 padded + 2 block + 2) floats.
  void (*attention_forward)(const Attention&, const float* kt, const float* v, float* scratch,
                            const std::int64_t* task);  // task: b, head, block
  // Scratch, with M = count x H / K rounded up to 2, of M x (2 padded + block + 2) + 2 block x
  // padded floats.
  void (*cache_attention)(const CacheAttention&, const CacheQueries&, float* scratch);
  // A part of one sequence: the H / parts query heads that add to one dk and dv. Scratch: with T
  // rounded up to the block, T x (8 padded + 2) + 4 block x block floats.
  void (*attention_backward)(const AttentionBackward&, float* scratch, std::int64_t b,
                             std::int64_t part);
};

}  // namespace lucie::cpu
