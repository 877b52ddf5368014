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
// Many states of one model (the chains of the page) have arrays of their own, in a record of their own: see `States`.
//
// The caller finds each array by its word in `struct Model` (js/kernel.js), writes pixels into `fed`, and reads `code` and
// `reconstruction`. The sum W^T x + b of the kept pixels is kept, so that an update costs only the pixels that changed.
//
// Built by build.py, once as simd.wasm and once, with fused multiply-add, as relaxed.wasm.

#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name)))
#define NOINLINE __attribute__((noinline))

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

EXPORT(model_bytes) int model_bytes(int visible, int hidden) {
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
static NOINLINE void squash(const float *sums, float *to, int count) {
  for (int i = 0; i < count; i += 4) wasm_v128_store(to + i, sigmoid(wasm_v128_load(sums + i)));
}

EXPORT(activate) NOINLINE void activate(Model *m) {
  squash(m->sum, m->code, 4 * m->blocks);
  for (int i = 0; i < 4 * m->blocks; i += 4) {
    wasm_v128_store(m->code + i, wasm_f32x4_mul(wasm_v128_load(m->code + i), wasm_v128_load(m->gates + i)));
  }
}

// Adds the eight rows of a group, each times its pixel.
static NOINLINE void add_group(const float *x, const float *at, float *sum, int blocks) {
  v128_t x0 = wasm_f32x4_splat(x[0]), x1 = wasm_f32x4_splat(x[1]), x2 = wasm_f32x4_splat(x[2]);
  v128_t x3 = wasm_f32x4_splat(x[3]), x4 = wasm_f32x4_splat(x[4]), x5 = wasm_f32x4_splat(x[5]);
  v128_t x6 = wasm_f32x4_splat(x[6]), x7 = wasm_f32x4_splat(x[7]);
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

EXPORT(encode) NOINLINE void encode(Model *m) {
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
    add_group(x, w, sum, blocks);
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

// Eight rows by one code: eight sums, the rows in one stream.
static NOINLINE void dot_one(const float *w, const float *code, int blocks, const float *bias, float *out) {
  v128_t s0 = wasm_f32x4_const_splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
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
  wasm_v128_store(out, wasm_f32x4_add(sums(s0, s1, s2, s3), wasm_v128_load(bias)));
  wasm_v128_store(out + 4, wasm_f32x4_add(sums(s4, s5, s6, s7), wasm_v128_load(bias + 4)));
}

EXPORT(decode) void decode(Model *m) {
  for (int g = 0; g < m->groups; g++) {
    dot_one(m->weight + 32 * m->blocks * g, m->code, m->blocks, m->visible_bias + 8 * g, m->reconstruction + 8 * g);
  }
  squash(m->reconstruction, m->reconstruction, 8 * m->groups);
}

// Many states of one model, answered in one pass over its weights: a group of eight rows is read once, and stays in the
// nearest cache until every state has had its part.
typedef struct {
  Model *model;
  int count;
  float *fed;             // [count][8 groups] the caller's pixels
  float *code;            // [count][4 blocks]
  float *reconstruction;  // [count][8 groups]
  float *held;            // [8 groups] 0 for a pixel that is asked for; a group that has none is not decoded
} States;

static int floats_of_states(Model *m, int count) {
  return RECORD + (count + 1) * (16 * m->groups + 4 * m->blocks);
}

EXPORT(states_bytes) int states_bytes(Model *m, int count) { return (4 * floats_of_states(m, count) + 63) & ~63; }

EXPORT(states_place) void states_place(States *s, Model *m, int count) {
  float *at = (float *)s;
  for (int i = 0; i < floats_of_states(m, count); i++) at[i] = 0;
  s->model = m;
  s->count = count;
  s->fed = at += RECORD;
  s->reconstruction = at += 8 * m->groups * count;
  s->held = at += 8 * m->groups * count;
  s->code = at += 8 * m->groups;
}

// Adds up to four rows, each times its pixel, to a state's sums: noise leaves most groups with so few.
static void add_rows(const float *w, const int *rows, const float *x, int n, float *sum, int blocks) {
  const float *w0 = w + 4 * rows[0], *w1 = w + 4 * rows[1], *w2 = w + 4 * rows[2], *w3 = w + 4 * rows[3];
  v128_t x0 = wasm_f32x4_splat(x[rows[0]]), x1 = wasm_f32x4_splat(n > 1 ? x[rows[1]] : 0);
  if (n <= 2) {
    for (int b = 0; b < blocks; b++, w0 += 32, w1 += 32, sum += 4) {
      v128_t one = madd(x0, wasm_v128_load(w0), wasm_v128_load(sum));
      wasm_v128_store(sum, madd(x1, wasm_v128_load(w1), one));
    }
    return;
  }
  v128_t x2 = wasm_f32x4_splat(x[rows[2]]), x3 = wasm_f32x4_splat(n > 3 ? x[rows[3]] : 0);
  for (int b = 0; b < blocks; b++, w0 += 32, w1 += 32, w2 += 32, w3 += 32, sum += 4) {
    v128_t even = madd(x0, wasm_v128_load(w0), wasm_v128_load(sum));
    v128_t odd = wasm_f32x4_mul(x1, wasm_v128_load(w1));
    even = madd(x2, wasm_v128_load(w2), even);
    odd = madd(x3, wasm_v128_load(w3), odd);
    wasm_v128_store(sum, wasm_f32x4_add(even, odd));
  }
}

// Adds four rows, each times its pixel, to the sums of two states: a row is read once for both.
static NOINLINE void add_four(const float *w, const float *x, const float *y, float *sum, float *other, int blocks) {
  v128_t x0 = wasm_f32x4_splat(x[0]), x1 = wasm_f32x4_splat(x[1]), x2 = wasm_f32x4_splat(x[2]);
  v128_t x3 = wasm_f32x4_splat(x[3]), y0 = wasm_f32x4_splat(y[0]), y1 = wasm_f32x4_splat(y[1]);
  v128_t y2 = wasm_f32x4_splat(y[2]), y3 = wasm_f32x4_splat(y[3]);
  for (int b = 0; b < blocks; b++, w += 32, sum += 4, other += 4) {
    v128_t row = wasm_v128_load(w);
    v128_t s = madd(x0, row, wasm_v128_load(sum)), t = madd(y0, row, wasm_v128_load(other));
    row = wasm_v128_load(w + 4);
    s = madd(x1, row, s);
    t = madd(y1, row, t);
    row = wasm_v128_load(w + 8);
    s = madd(x2, row, s);
    t = madd(y2, row, t);
    row = wasm_v128_load(w + 12);
    wasm_v128_store(sum, madd(x3, row, s));
    wasm_v128_store(other, madd(y3, row, t));
  }
}

// Which of the eight pixels of a group are not 0; gives how many.
static inline int find_rows(const float *x, int *rows) {
  int n = 0;
  for (int r = 0; r < 8; r++) {
    rows[n] = r;
    n += x[r] != 0;
  }
  return n;
}

EXPORT(encode_states) void encode_states(States *s) {
  Model *m = s->model;
  int blocks = m->blocks, visible = 8 * m->groups, hidden = 4 * blocks;
  for (int k = 0; k < s->count; k++) {
    float *sum = s->code + hidden * k;
    for (int b = 0; b < hidden; b += 4) wasm_v128_store(sum + b, wasm_v128_load(m->hidden_bias + b));
  }
  for (int g = 0; g < m->groups; g++) {
    const float *w = m->weight + 8 * hidden * g, *dense = 0;
    float *dense_sum = 0;
    for (int k = 0; k < s->count; k++) {
      const float *x = s->fed + visible * k + 8 * g;
      float *sum = s->code + hidden * k;
      int rows[9] = {0}, n = find_rows(x, rows);
      if (n > 4 && dense) {
        add_four(w, dense, x, dense_sum, sum, blocks);
        add_four(w + 16, dense + 4, x + 4, dense_sum, sum, blocks);
        dense = 0;
      } else if (n > 4) {
        dense = x;
        dense_sum = sum;
      } else if (n > 0) {
        add_rows(w, rows, x, n, sum, blocks);
      }
    }
    if (dense) add_group(dense, w, dense_sum, blocks);
  }
  for (int k = 0; k < s->count; k++) {
    float *code = s->code + 4 * blocks * k;
    squash(code, code, 4 * blocks);
    for (int b = 0; b < 4 * blocks; b += 4) {
      wasm_v128_store(code + b, wasm_f32x4_mul(wasm_v128_load(code + b), wasm_v128_load(m->gates + b)));
    }
  }
}

// Four rows by two states: eight sums are what registers have room for.
static NOINLINE void dot_two(const float *w, const float *code, const float *other, int blocks, const float *bias,
                             float *out, float *other_out) {
  v128_t a0 = wasm_f32x4_const_splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  for (int b = 0; b < blocks; b++, w += 32, code += 4, other += 4) {
    v128_t c = wasm_v128_load(code), d = wasm_v128_load(other), row = wasm_v128_load(w);
    a0 = madd(c, row, a0);
    b0 = madd(d, row, b0);
    row = wasm_v128_load(w + 4);
    a1 = madd(c, row, a1);
    b1 = madd(d, row, b1);
    row = wasm_v128_load(w + 8);
    a2 = madd(c, row, a2);
    b2 = madd(d, row, b2);
    row = wasm_v128_load(w + 12);
    a3 = madd(c, row, a3);
    b3 = madd(d, row, b3);
  }
  wasm_v128_store(other_out, wasm_f32x4_add(sums(b0, b1, b2, b3), wasm_v128_load(bias)));
  wasm_v128_store(out, wasm_f32x4_add(sums(a0, a1, a2, a3), wasm_v128_load(bias)));
}

EXPORT(decode_states) void decode_states(States *s) {
  Model *m = s->model;
  int blocks = m->blocks, visible = 8 * m->groups, hidden = 4 * blocks;
  for (int row = 0; row < visible; row += 8) {
    v128_t held = wasm_v128_load(s->held + row), more = wasm_v128_load(s->held + row + 4);
    if (wasm_i32x4_all_true(held) && wasm_i32x4_all_true(more)) continue;
    const float *w = m->weight + hidden * row, *bias = m->visible_bias + row, *code = s->code;
    float *out = s->reconstruction + row;
    int k = 0;
    for (; k < s->count - 1; k += 2, code += 2 * hidden, out += 2 * visible) {
      dot_two(w, code, code + hidden, blocks, bias, out, out + visible);
      dot_two(w + 16, code, code + hidden, blocks, bias + 4, out + 4, out + visible + 4);
      squash(out, out, 8);
      squash(out + visible, out + visible, 8);
    }
    if (k == s->count) continue;
    dot_one(w, code, blocks, bias, out);
    squash(out, out, 8);
  }
}
