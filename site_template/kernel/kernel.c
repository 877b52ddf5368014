// Encode and decode of a denoising autoencoder with tied weights, in float32 WebAssembly SIMD.
//
//   code = sigmoid(W^T x + hidden_bias)        reconstruction = sigmoid(W code + visible_bias)
//
// One copy of W [visible][hidden] serves both directions, stored as
//
//   [visible / 8 groups][hidden / 4 blocks][8 rows][4 units]
//
// so that decode, which reads all of W and is nearly all of the time, is one sequential stream with eight independent
// sums. Sizes are rounded up; what pads is zero, in the weights and in the gates, and so adds nothing.
//
// The caller finds each array by its word in `struct Model` (js/kernel.js), writes pixels into `fed`, and reads `code` and
// `reconstruction`. The sum W^T x + b of the kept pixels is kept, so that an update costs only the pixels that changed.
//
// Built by build.py, once as simd.wasm and once, with fused multiply-add, as relaxed.wasm.

#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name)))

typedef struct {
  int groups;   // of 8 pixels
  int blocks;   // of 4 hidden units
  int updates;  // since the last exact sum
  float *fed;   // [8 groups] the caller's pixels
  float *kept;  // [8 groups] the pixels that `sum` belongs to
  float *sum;   // [4 blocks]
  float *code;  // [4 blocks]
  float *gates;  // [4 blocks] 1 for each unit that is on, else 0
  float *hidden_bias;
  float *visible_bias;
  float *reconstruction;
  float *weight;
} Model;

enum {
  RECORD = 16,     // floats that the record takes, one cache line
  REFRESH = 1000,  // updates after which the sum is taken anew: rounding adds up
};

static inline v128_t madd(v128_t a, v128_t b, v128_t c) {
#ifdef __wasm_relaxed_simd__
  return wasm_f32x4_relaxed_madd(a, b, c);
#else
  return wasm_f32x4_add(wasm_f32x4_mul(a, b), c);
#endif
}

// exp by x = n ln 2 + r, |r| <= ln 2 / 2, and a polynomial of degree 6 (Cephes expf, S. Moshier). Absolute error 1e-7.
static inline v128_t sigmoid(v128_t x) {
  v128_t t = wasm_f32x4_max(wasm_f32x4_min(wasm_f32x4_neg(x), wasm_f32x4_const_splat(87)), wasm_f32x4_const_splat(-87));
  v128_t n = wasm_f32x4_nearest(wasm_f32x4_mul(t, wasm_f32x4_const_splat(1.44269504f)));
  v128_t r = madd(n, wasm_f32x4_const_splat(-0.693359375f), t);
  r = madd(n, wasm_f32x4_const_splat(2.12194440e-4f), r);
  v128_t p = wasm_f32x4_const_splat(1.9875691500e-4f);
  p = madd(p, r, wasm_f32x4_const_splat(1.3981999507e-3f));
  p = madd(p, r, wasm_f32x4_const_splat(8.3334519073e-3f));
  p = madd(p, r, wasm_f32x4_const_splat(4.1665795894e-2f));
  p = madd(p, r, wasm_f32x4_const_splat(1.6666665459e-1f));
  p = madd(p, r, wasm_f32x4_const_splat(5.0000001201e-1f));
  v128_t one = wasm_f32x4_const_splat(1);
  p = madd(wasm_f32x4_mul(r, r), p, wasm_f32x4_add(r, one));
  v128_t scale = wasm_i32x4_shl(wasm_i32x4_add(wasm_i32x4_trunc_sat_f32x4(n), wasm_i32x4_const_splat(127)), 23);
  return wasm_f32x4_div(one, madd(p, scale, one));
}

// Each of four vectors summed.
static inline v128_t sums(v128_t a, v128_t b, v128_t c, v128_t d) {
  v128_t ab = wasm_f32x4_add(wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), wasm_i32x4_shuffle(a, b, 2, 6, 3, 7));
  v128_t cd = wasm_f32x4_add(wasm_i32x4_shuffle(c, d, 0, 4, 1, 5), wasm_i32x4_shuffle(c, d, 2, 6, 3, 7));
  return wasm_f32x4_add(wasm_i32x4_shuffle(ab, cd, 0, 1, 4, 5), wasm_i32x4_shuffle(ab, cd, 2, 3, 6, 7));
}

static int floats(int groups, int blocks) { return RECORD + 4 * 8 * groups + 4 * 4 * blocks + 32 * groups * blocks; }

EXPORT(size) int size(int visible, int hidden) {
  return (4 * floats((visible + 7) / 8, (hidden + 3) / 4) + 63) & ~63;
}

// Clears a model's place and gives every array its part. The largest comes first, on a cache line.
EXPORT(place) void place(Model *m, int visible, int hidden) {
  int groups = (visible + 7) / 8, blocks = (hidden + 3) / 4;
  float *at = (float *)m;
  for (int i = 0; i < floats(groups, blocks); i++) at[i] = 0;
  m->groups = groups;
  m->blocks = blocks;
  m->weight = at += RECORD;
  m->fed = at += 32 * groups * blocks;
  m->kept = at += 8 * groups;
  m->visible_bias = at += 8 * groups;
  m->reconstruction = at += 8 * groups;
  m->sum = at += 8 * groups;
  m->code = at += 4 * blocks;
  m->gates = at += 4 * blocks;
  m->hidden_bias = at += 4 * blocks;
}

static inline float *row_of(Model *m, int row) { return m->weight + 32 * m->blocks * (row / 8) + 4 * (row % 8); }

// Puts one row of W, which the caller has written into `code`, into its place.
EXPORT(pack) void pack(Model *m, int row) {
  float *to = row_of(m, row);
  for (int b = 0; b < m->blocks; b++) wasm_v128_store(to + 32 * b, wasm_v128_load(m->code + 4 * b));
}

// Once in the file, and so small: a call for each model costs nothing.
static __attribute__((noinline)) void squash(const float *sums, float *to, int count) {
  for (int i = 0; i < count; i += 4) wasm_v128_store(to + i, sigmoid(wasm_v128_load(sums + i)));
}

EXPORT(activate) __attribute__((noinline)) void activate(Model *m) {
  squash(m->sum, m->code, 4 * m->blocks);
  for (int i = 0; i < 4 * m->blocks; i += 4) {
    wasm_v128_store(m->code + i, wasm_f32x4_mul(wasm_v128_load(m->code + i), wasm_v128_load(m->gates + i)));
  }
}

EXPORT(encode) __attribute__((noinline)) void encode(Model *m) {
  int blocks = m->blocks;
  float *sum = m->sum;
  const float *w = m->weight;
  m->updates = 0;
  for (int b = 0; b < 4 * blocks; b += 4) wasm_v128_store(sum + b, wasm_v128_load(m->hidden_bias + b));
  for (int g = 0; g < m->groups; g++, w += 32 * blocks) {
    const float *x = m->fed + 8 * g;
    v128_t low = wasm_v128_load(x), high = wasm_v128_load(x + 4);
    wasm_v128_store(m->kept + 8 * g, low);
    wasm_v128_store(m->kept + 8 * g + 4, high);
    if (!wasm_v128_any_true(wasm_v128_or(low, high))) continue;
    v128_t x0 = wasm_f32x4_splat(x[0]), x1 = wasm_f32x4_splat(x[1]), x2 = wasm_f32x4_splat(x[2]);
    v128_t x3 = wasm_f32x4_splat(x[3]), x4 = wasm_f32x4_splat(x[4]), x5 = wasm_f32x4_splat(x[5]);
    v128_t x6 = wasm_f32x4_splat(x[6]), x7 = wasm_f32x4_splat(x[7]);
    const float *at = w;
    for (int b = 0; b < blocks; b++, at += 32) {
      v128_t even = madd(x0, wasm_v128_load(at), wasm_v128_load(sum + 4 * b));
      v128_t odd = wasm_f32x4_mul(x1, wasm_v128_load(at + 4));
      even = madd(x2, wasm_v128_load(at + 8), even);
      odd = madd(x3, wasm_v128_load(at + 12), odd);
      even = madd(x4, wasm_v128_load(at + 16), even);
      odd = madd(x5, wasm_v128_load(at + 20), odd);
      even = madd(x6, wasm_v128_load(at + 24), even);
      odd = madd(x7, wasm_v128_load(at + 28), odd);
      wasm_v128_store(sum + 4 * b, wasm_f32x4_add(even, odd));
    }
  }
  activate(m);
}

static void add_row(Model *m, int row, float change) {
  const float *w = row_of(m, row);
  float *sum = m->sum;
  v128_t factor = wasm_f32x4_splat(change);
  for (int b = 0; b < m->blocks; b++) {
    wasm_v128_store(sum + 4 * b, madd(factor, wasm_v128_load(w + 32 * b), wasm_v128_load(sum + 4 * b)));
  }
}

EXPORT(update) void update(Model *m) {
  int visible = 8 * m->groups, changed = 0;
  for (int i = 0; i < visible; i += 4) {
    v128_t differs = wasm_f32x4_ne(wasm_v128_load(m->fed + i), wasm_v128_load(m->kept + i));
    changed += __builtin_popcount(wasm_i32x4_bitmask(differs));
  }
  // From about an eighth of the pixels on, whole groups in order are faster than single rows.
  if (++m->updates >= REFRESH || 8 * changed > visible) {
    encode(m);
    return;
  }
  for (int i = 0; changed > 0; i++) {
    float change = m->fed[i] - m->kept[i];
    if (m->fed[i] == m->kept[i]) continue;
    add_row(m, i, change);
    m->kept[i] = m->fed[i];
    changed--;
  }
  activate(m);
}

EXPORT(decode) void decode(Model *m) {
  int blocks = m->blocks;
  const float *w = m->weight;
  for (int g = 0; g < m->groups; g++) {
    v128_t s0 = wasm_f32x4_const_splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    const float *code = m->code;
    for (int b = 0; b < blocks; b++, w += 32, code += 4) {
      v128_t c = wasm_v128_load(code);
      s0 = madd(c, wasm_v128_load(w), s0);
      s1 = madd(c, wasm_v128_load(w + 4), s1);
      s2 = madd(c, wasm_v128_load(w + 8), s2);
      s3 = madd(c, wasm_v128_load(w + 12), s3);
      s4 = madd(c, wasm_v128_load(w + 16), s4);
      s5 = madd(c, wasm_v128_load(w + 20), s5);
      s6 = madd(c, wasm_v128_load(w + 24), s6);
      s7 = madd(c, wasm_v128_load(w + 28), s7);
    }
    const float *bias = m->visible_bias + 8 * g;
    float *out = m->reconstruction + 8 * g;
    wasm_v128_store(out, wasm_f32x4_add(sums(s0, s1, s2, s3), wasm_v128_load(bias)));
    wasm_v128_store(out + 4, wasm_f32x4_add(sums(s4, s5, s6, s7), wasm_v128_load(bias + 4)));
  }
  squash(m->reconstruction, m->reconstruction, 8 * m->groups);
}
