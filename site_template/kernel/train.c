// Training of a denoising autoencoder with tied weights (train/learn/model.py), in float32 WebAssembly SIMD.
//
//   code   = sigmoid(fed W + hidden_bias)          logits = code W^T + visible_bias
//   error  = (sigmoid(logits) - clean) / count     back   = (error W) code (1 - code)
//   W's gradient = fed^T back + error^T code       loss   = cross-entropy of the logits with the clean pixels
//
// Every matrix [rows][columns] is stored in panels of eight columns, [columns / 8][rows][8], sizes rounded up to eight. All
// five products are then one routine: an operand in panels of its depth, whose values are broadcast, times an operand in
// panels of its columns, whose rows are vectors. So one copy of W serves both directions, and only what belongs to a batch
// is kept in both orders. What pads may hold anything finite: no sum runs over it.
//
// Where enough of what is fed is zero (ink on paper, the more so when masked) its two products go by lists of what is not.
//
// The caller finds each array by its word in `struct Net` (js/learn/kernel.js). It writes `clean` and `fed`, a row for each
// image, then calls `forward`, and `learn` to follow the gradient (Adam, Kingma and Ba 2015).
//
// Built by build.py, once as train-simd.wasm and once, with fused multiply-add, as train-relaxed.wasm.

#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name)))

typedef struct {
  int offset;  // into a panel, in bytes
  float value;
} Entry;

typedef struct {
  int visible, hidden, batch;
  int count;           // images that were fed
  int is_sparse;       // whether lists stand where fed_pixels and fed_images are
  float *weight;       // [hidden / 8][visible][8], as are the next two
  float *weight_mean;  // Adam's mean of the gradient
  float *weight_square;  // and of its square
  float *hidden_bias, *hidden_mean, *hidden_square;
  float *visible_bias, *visible_mean, *visible_square;
  float *clean;        // [batch][visible], the caller's, as is
  float *fed;
  float *fed_pixels;   // [visible / 8][batch][8], or for each image its pixels that are not 0
  float *fed_images;   // [batch / 8][visible][8], or for each pixel its images
  int *first_pixels;   // [batch + 1] where each list begins
  int *first_images;   // [visible + 1]
  float *code;         // [hidden / 8][batch][8]
  float *code_images;  // [batch / 8][hidden][8]
  float *error;        // [batch / 8][visible][8], of the logits
  float *error_pixels;  // [visible / 8][batch][8]
  float *back;         // [hidden / 8][batch][8]
  float *gradient;     // [visible][8], of one panel
  unsigned *random;    // [4][4] the states of four generators, word by word
  float *draws;        // the caller's
} Net;

enum { RECORD = 64 };  // floats that the record takes

static inline int up(int size) { return (size + 7) & ~7; }

static inline v128_t load(const float *from) { return wasm_v128_load(from); }
static inline void store(float *to, v128_t value) { wasm_v128_store(to, value); }
static inline v128_t splat(float value) { return wasm_f32x4_splat(value); }
static inline v128_t add(v128_t a, v128_t b) { return wasm_f32x4_add(a, b); }
static inline v128_t mul(v128_t a, v128_t b) { return wasm_f32x4_mul(a, b); }

static inline v128_t madd(v128_t a, v128_t b, v128_t c) {
#ifdef __wasm_relaxed_simd__
  return wasm_f32x4_relaxed_madd(a, b, c);
#else
  return add(mul(a, b), c);
#endif
}

// exp of x in [-87, 87], as in kernel.c.
static inline v128_t exponential(v128_t x) {
  v128_t n = wasm_f32x4_nearest(mul(x, splat(1.44269504f)));
  v128_t r = madd(n, splat(-0.693359375f), x);
  r = madd(n, splat(2.12194440e-4f), r);
  v128_t p = splat(1.9875691500e-4f);
  p = madd(p, r, splat(1.3981999507e-3f));
  p = madd(p, r, splat(8.3334519073e-3f));
  p = madd(p, r, splat(4.1665795894e-2f));
  p = madd(p, r, splat(1.6666665459e-1f));
  p = madd(p, r, splat(5.0000001201e-1f));
  p = madd(mul(r, r), p, add(r, splat(1)));
  return mul(p, wasm_i32x4_shl(wasm_i32x4_add(wasm_i32x4_trunc_sat_f32x4(n), wasm_i32x4_const_splat(127)), 23));
}

// log of a positive number (Cephes logf, S. Moshier).
static inline v128_t logarithm(v128_t x) {
  // Halves the mantissa where it is above sqrt(2), so that it is near 1.
  v128_t shifted = wasm_i32x4_sub(x, wasm_i32x4_const_splat(0x3f3504f3));
  v128_t n = wasm_f32x4_convert_i32x4(wasm_i32x4_shr(shifted, 23));
  v128_t m = wasm_i32x4_add(wasm_v128_and(shifted, wasm_i32x4_const_splat(0x7fffff)), wasm_i32x4_const_splat(0x3f3504f3));
  v128_t r = wasm_f32x4_sub(m, splat(1)), square = mul(r, r);
  v128_t p = splat(7.0376836292e-2f);
  p = madd(p, r, splat(-1.1514610310e-1f));
  p = madd(p, r, splat(1.1676998740e-1f));
  p = madd(p, r, splat(-1.2420140846e-1f));
  p = madd(p, r, splat(1.4249322787e-1f));
  p = madd(p, r, splat(-1.6668057665e-1f));
  p = madd(p, r, splat(2.0000714765e-1f));
  p = madd(p, r, splat(-2.4999993993e-1f));
  p = madd(p, r, splat(3.3333331174e-1f));
  p = mul(mul(p, r), square);
  p = madd(n, splat(-2.12194440e-4f), p);
  p = madd(square, splat(-0.5f), p);
  return madd(n, splat(0.693359375f), add(r, p));
}

static inline void transpose(v128_t v[4]) {
  v128_t a = wasm_i32x4_shuffle(v[0], v[1], 0, 4, 1, 5), b = wasm_i32x4_shuffle(v[0], v[1], 2, 6, 3, 7);
  v128_t c = wasm_i32x4_shuffle(v[2], v[3], 0, 4, 1, 5), d = wasm_i32x4_shuffle(v[2], v[3], 2, 6, 3, 7);
  v[0] = wasm_i64x2_shuffle(a, c, 0, 2);
  v[1] = wasm_i64x2_shuffle(a, c, 1, 3);
  v[2] = wasm_i64x2_shuffle(b, d, 0, 2);
  v[3] = wasm_i64x2_shuffle(b, d, 1, 3);
}

// Where row and column of a matrix of so many rows are in its panels.
static inline float *at(float *panels, int rows, int row, int column) {
  return panels + 8 * rows * (column / 8) + 8 * row + column % 8;
}

// Memory ------------------------------------------------------------------------------------------------------------------

static float *take(float **next, int floats) {
  float *part = *next;
  *next += (floats + 15) & ~15;
  return part;
}

// Gives every array its part, all of it 0 as fresh memory is, and the end of them.
EXPORT(place) float *place(Net *n, int visible, int hidden, int batch, int draws) {
  int v = up(visible), h = up(hidden), b = up(batch);
  float *next = (float *)n + RECORD;
  n->visible = visible;
  n->hidden = hidden;
  n->batch = batch;
  for (float **weight = &n->weight; weight <= &n->weight_square; weight++) *weight = take(&next, v * h);
  for (float **bias = &n->hidden_bias; bias <= &n->hidden_square; bias++) *bias = take(&next, h);
  for (float **bias = &n->visible_bias; bias <= &n->visible_square; bias++) *bias = take(&next, v);
  n->clean = take(&next, v * b);
  n->fed = take(&next, v * b);
  n->fed_pixels = take(&next, v * b);
  n->fed_images = take(&next, v * b);
  n->first_pixels = (int *)take(&next, b + 1);
  n->first_images = (int *)take(&next, v + 1);
  n->code = take(&next, h * b);
  n->code_images = take(&next, h * b);
  n->error = take(&next, v * b);
  n->error_pixels = take(&next, v * b);
  n->back = take(&next, h * b);
  n->gradient = take(&next, 8 * v);
  n->random = (unsigned *)take(&next, 16);
  n->draws = take(&next, up(draws));
  return next;
}

// Products ----------------------------------------------------------------------------------------------------------------

// One panel of a product: c [rows][8] = or += a [depth / 8][stride][8] times b [depth][8]. Four rows at a time: eight sums and
// what they are made of fit the sixteen registers, and a browser's compiler keeps them there only while the loop is not
// unrolled.
static __attribute__((noinline)) void multiply(
  const float *a, int stride, const float *b, float *c, int rows, int depth, int adds
) {
  for (int row = 0; row < rows; row += 4, c += 32) {
    v128_t c0 = wasm_f32x4_const_splat(0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;
    if (adds) {
      c0 = load(c), c1 = load(c + 4), c2 = load(c + 8), c3 = load(c + 12);
      c4 = load(c + 16), c5 = load(c + 20), c6 = load(c + 24), c7 = load(c + 28);
    }
    const float *x = a + 8 * row, *y = b;
    for (int left = depth; left > 0; left -= 8, x += 8 * stride - 8) {
      int k = left < 8 ? left : 8;
      do {
        v128_t low = load(y), high = load(y + 4);
        v128_t x0 = wasm_v128_load32_splat(x);
        c0 = madd(x0, low, c0), c1 = madd(x0, high, c1);
        v128_t x1 = wasm_v128_load32_splat(x + 8);
        c2 = madd(x1, low, c2), c3 = madd(x1, high, c3);
        v128_t x2 = wasm_v128_load32_splat(x + 16);
        c4 = madd(x2, low, c4), c5 = madd(x2, high, c5);
        v128_t x3 = wasm_v128_load32_splat(x + 24);
        c6 = madd(x3, low, c6), c7 = madd(x3, high, c7);
        x++, y += 8;
      } while (--k);
    }
    store(c, c0), store(c + 4, c1), store(c + 8, c2), store(c + 12, c3);
    store(c + 16, c4), store(c + 20, c5), store(c + 24, c6), store(c + 28, c7);
  }
}

// The same, where the rows of `a` are lists: row r's entries are first[r] to first[r + 1], an even number.
static __attribute__((noinline)) void gather(
  const Entry *entries, const int *first, const float *panel, float *c, int rows, int adds
) {
  for (int row = 0; row < rows; row++, c += 8) {
    v128_t c0 = wasm_f32x4_const_splat(0), c1 = c0, c2 = c0, c3 = c0;
    if (adds) c0 = load(c), c1 = load(c + 4);
    const Entry *end = entries + first[row + 1];
    for (const Entry *e = entries + first[row]; e < end; e += 2) {
      const float *y = (const float *)((const char *)panel + e[0].offset);
      const float *z = (const float *)((const char *)panel + e[1].offset);
      v128_t even = splat(e[0].value), odd = splat(e[1].value);
      c0 = madd(even, load(y), c0), c1 = madd(even, load(y + 4), c1);
      c2 = madd(odd, load(z), c2), c3 = madd(odd, load(z + 4), c3);
    }
    store(c, add(c0, c2)), store(c + 4, add(c1, c3));
  }
}

// What is fed -------------------------------------------------------------------------------------------------------------

static int nonzeros(const Net *n) {
  int found = 0, visible = up(n->visible);
  v128_t zero = wasm_f32x4_const_splat(0);
  for (int i = 0; i < visible * n->count; i += 4) {
    found += __builtin_popcount(wasm_i32x4_bitmask(wasm_f32x4_ne(load(n->fed + i), zero)));
  }
  return found;
}

static Entry *end_list(Entry *list, Entry *next) {
  if ((next - list) % 2) *next++ = (Entry){0, 0};
  return next;
}

static void list_pixels(Net *n) {
  Entry *entries = (Entry *)n->fed_pixels, *next = entries;
  for (int image = 0; image < n->count; image++) {
    const float *fed = n->fed + up(n->visible) * image;
    Entry *list = next;
    n->first_pixels[image] = next - entries;
    for (int pixel = 0; pixel < n->visible; pixel++) {
      *next = (Entry){32 * pixel, fed[pixel]};
      next += fed[pixel] != 0;
    }
    next = end_list(list, next);
  }
  n->first_pixels[n->count] = next - entries;
}

// The same entries by pixel. Until all are in place, `first` is where the next one goes, from a list's end to its beginning.
static void list_images(Net *n) {
  const Entry *pixels = (const Entry *)n->fed_pixels;
  Entry *images = (Entry *)n->fed_images;
  int *first = n->first_images, total = n->first_pixels[n->count], end = 0;
  for (int pixel = 0; pixel <= n->visible; pixel++) first[pixel] = 0;
  for (int i = 0; i < total; i++) first[pixels[i].offset / 32] += pixels[i].value != 0;
  for (int pixel = 0; pixel <= n->visible; pixel++) {
    int length = first[pixel];
    first[pixel] = end + length;
    end = end_list(images + end, images + end + length) - images;
  }
  for (int image = n->count - 1; image >= 0; image--) {
    for (int i = n->first_pixels[image]; i < n->first_pixels[image + 1]; i++) {
      if (pixels[i].value != 0) images[--first[pixels[i].offset / 32]] = (Entry){32 * image, pixels[i].value};
    }
  }
}

static void pack(Net *n) {
  int visible = up(n->visible), batch = up(n->batch);
  for (int pixel = 0; pixel < visible; pixel += 4) {
    for (int image = 0; image < batch; image += 4) {
      v128_t block[4];
      for (int i = 0; i < 4; i++) {
        block[i] = load(n->fed + visible * (image + i) + pixel);
        store(at(n->fed_pixels, batch, image + i, pixel), block[i]);
      }
      transpose(block);
      for (int i = 0; i < 4; i++) store(at(n->fed_images, visible, pixel + i, image), block[i]);
    }
  }
}

// Lists take as much memory as the panels where every second pixel is in them, and about then begin to be faster.
static void read_fed(Net *n) {
  int longest = n->visible > n->count ? n->visible : n->count;
  n->is_sparse = 2 * (nonzeros(n) + longest) <= n->visible * n->count;
  if (n->is_sparse) {
    list_pixels(n);
    list_images(n);
  } else {
    pack(n);
  }
}

// From fed to loss --------------------------------------------------------------------------------------------------------

static void encode(Net *n) {
  int visible = up(n->visible), hidden = up(n->hidden), batch = up(n->batch);
  for (int unit = 0; unit < hidden; unit += 8) {
    const float *weight = n->weight + visible * unit;
    float *code = n->code + batch * unit;
    if (n->is_sparse) {
      gather((const Entry *)n->fed_pixels, n->first_pixels, weight, code, n->count, 0);
    } else {
      multiply(n->fed_pixels, batch, weight, code, n->count, n->visible, 0);
    }
  }
}

static inline v128_t sigmoid(v128_t x) {
  // Beyond 30 nothing changes in float32, and products would come where numbers are slow.
  v128_t bounded = wasm_f32x4_pmax(wasm_f32x4_pmin(x, splat(30)), splat(-30));
  return wasm_f32x4_div(splat(1), add(splat(1), exponential(wasm_f32x4_neg(bounded))));
}

static void activate(Net *n) {
  int hidden = up(n->hidden), batch = up(n->batch);
  for (int unit = 0; unit < hidden; unit += 4) {
    v128_t bias = load(n->hidden_bias + unit);
    for (int image = 0; image < batch; image += 4) {
      v128_t block[4];
      for (int i = 0; i < 4; i++) {
        float *code = at(n->code, batch, image + i, unit);
        block[i] = sigmoid(add(load(code), bias));
        store(code, block[i]);
      }
      transpose(block);
      for (int i = 0; i < 4; i++) store(at(n->code_images, hidden, unit + i, image), block[i]);
    }
  }
}

static void decode(Net *n) {
  int visible = up(n->visible), hidden = up(n->hidden);
  for (int image = 0; image < n->count; image += 8) {
    multiply(n->weight, visible, n->code_images + hidden * image, n->error + visible * image, n->visible, n->hidden, 0);
  }
}

// Turns logits into their errors, in both orders, and sums the loss up: max(l, 0) - l x + log(1 + exp(-|l|)). The logarithm
// is taken of a product of 64 such numbers, each at most 2.
static float compare(Net *n) {
  int visible = up(n->visible), batch = up(n->batch);
  v128_t one = splat(1), scale = splat(1.0f / n->count), loss = splat(0);
  for (int image = 0; image < batch; image += 4) {
    v128_t lanes = wasm_i32x4_add(wasm_i32x4_const(0, 1, 2, 3), wasm_i32x4_splat(image));
    v128_t is_fed = wasm_i32x4_lt(lanes, wasm_i32x4_splat(n->count));
    v128_t product = one, sum = splat(0);
    for (int pixel = 0; pixel < visible; pixel += 4) {
      v128_t clean[4], block[4];
      for (int i = 0; i < 4; i++) clean[i] = load(n->clean + visible * (image + i) + pixel);
      transpose(clean);
      for (int i = 0; i < 4; i++) {
        float *error = at(n->error, visible, pixel + i, image);
        v128_t is_there = pixel + i < n->visible ? is_fed : splat(0);
        v128_t logit = add(load(error), splat(n->visible_bias[pixel + i]));
        v128_t small = exponential(wasm_f32x4_max(wasm_f32x4_neg(wasm_f32x4_abs(logit)), splat(-87)));
        v128_t larger = add(one, small), positive = wasm_f32x4_max(logit, splat(0));
        v128_t is_negative = wasm_f32x4_lt(logit, splat(0));
        v128_t answer = wasm_f32x4_div(wasm_v128_bitselect(small, one, is_negative), larger);
        sum = add(sum, wasm_v128_and(is_there, wasm_f32x4_sub(positive, mul(logit, clean[i]))));
        product = mul(product, wasm_v128_bitselect(larger, one, is_there));
        block[i] = wasm_v128_and(is_there, mul(wasm_f32x4_sub(answer, clean[i]), scale));
        store(error, block[i]);
      }
      transpose(block);
      for (int i = 0; i < 4; i++) store(at(n->error_pixels, batch, image + i, pixel), block[i]);
      if (pixel % 64 == 60 || pixel + 4 == visible) {
        sum = add(sum, logarithm(product));
        product = one;
      }
    }
    loss = add(loss, sum);
  }
  return wasm_f32x4_extract_lane(loss, 0) + wasm_f32x4_extract_lane(loss, 1) + wasm_f32x4_extract_lane(loss, 2) +
         wasm_f32x4_extract_lane(loss, 3);
}

// The summed loss of the first `count` images of `fed` against those of `clean`.
EXPORT(forward) float forward(Net *n, int count) {
  n->count = count;
  read_fed(n);
  encode(n);
  activate(n);
  decode(n);
  return compare(n);
}

// Back --------------------------------------------------------------------------------------------------------------------

typedef struct {
  v128_t rate, epsilon, b1, b2, rest1, rest2;
} Adam;

// Eight parameters, their gradient given. Numbers too small to matter become 0, for with them processors are slow.
static inline void adapt(float *value, float *mean, float *square, v128_t gradient, const Adam *adam) {
  v128_t m = madd(adam->b1, load(mean), mul(adam->rest1, gradient));
  v128_t s = madd(adam->b2, load(square), mul(adam->rest2, mul(gradient, gradient)));
  m = wasm_v128_and(m, wasm_f32x4_gt(wasm_f32x4_abs(m), splat(1e-20f)));
  s = wasm_v128_and(s, wasm_f32x4_gt(s, splat(1e-30f)));
  store(mean, m);
  store(square, s);
  v128_t change = wasm_f32x4_div(mul(adam->rate, m), add(wasm_f32x4_sqrt(s), adam->epsilon));
  store(value, wasm_f32x4_sub(load(value), change));
}

// The sum of a panel's rows is the gradient of eight biases.
static void adapt_biases(float *value, float *mean, float *square, const float *rows, int count, const Adam *adam) {
  v128_t low = splat(0), high = low;
  for (const float *end = rows + 8 * count; rows < end; rows += 8) low = add(low, load(rows)), high = add(high, load(rows + 4));
  adapt(value, mean, square, low, adam);
  adapt(value + 4, mean + 4, square + 4, high, adam);
}

// One step of Adam after `forward`; `rate` and `epsilon` have the corrections of the means in them.
EXPORT(learn) void learn(Net *n, float rate, float epsilon, float b1, float b2) {
  int visible = up(n->visible), hidden = up(n->hidden), batch = up(n->batch);
  Adam adam = {splat(rate), splat(epsilon), splat(b1), splat(b2), splat(1 - b1), splat(1 - b2)};
  for (int unit = 0; unit < hidden; unit += 8) {
    float *weight = n->weight + visible * unit, *back = n->back + batch * unit, *gradient = n->gradient;
    const float *code = n->code + batch * unit;
    multiply(n->error_pixels, batch, weight, back, n->count, n->visible, 0);
    for (int i = 0; i < 8 * n->count; i += 4) {
      v128_t c = load(code + i);
      store(back + i, mul(load(back + i), mul(c, wasm_f32x4_sub(splat(1), c))));
    }
    multiply(n->error, visible, code, gradient, n->visible, n->count, 0);
    if (n->is_sparse) {
      gather((const Entry *)n->fed_images, n->first_images, back, gradient, n->visible, 1);
    } else {
      multiply(n->fed_images, visible, back, gradient, n->visible, n->count, 1);
    }
    float *mean = n->weight_mean + visible * unit, *square = n->weight_square + visible * unit;
    for (int i = 0; i < 8 * visible; i += 4) adapt(weight + i, mean + i, square + i, load(gradient + i), &adam);
    adapt_biases(n->hidden_bias + unit, n->hidden_mean + unit, n->hidden_square + unit, back, n->count, &adam);
  }
  for (int pixel = 0; pixel < visible; pixel += 8) {
    float *value = n->visible_bias + pixel, *mean = n->visible_mean + pixel, *square = n->visible_square + pixel;
    adapt_biases(value, mean, square, n->error_pixels + batch * pixel, n->count, &adam);
  }
}

// Draws -------------------------------------------------------------------------------------------------------------------

// The next 32 bits of four generators sfc32, as in js/draw/draws.js.
static inline v128_t next_words(v128_t state[4]) {
  v128_t word = wasm_i32x4_add(wasm_i32x4_add(state[0], state[1]), state[3]);
  state[3] = wasm_i32x4_add(state[3], wasm_i32x4_const_splat(1));
  state[0] = wasm_v128_xor(state[1], wasm_u32x4_shr(state[1], 9));
  state[1] = wasm_i32x4_add(state[2], wasm_i32x4_shl(state[2], 3));
  v128_t turned = wasm_v128_or(wasm_i32x4_shl(state[2], 21), wasm_u32x4_shr(state[2], 11));
  state[2] = wasm_i32x4_add(turned, word);
  return word;
}

static inline void load_state(const Net *n, v128_t state[4]) {
  for (int i = 0; i < 4; i++) state[i] = wasm_v128_load(n->random + 4 * i);
}

static inline void store_state(Net *n, const v128_t state[4]) {
  for (int i = 0; i < 4; i++) wasm_v128_store(n->random + 4 * i, state[i]);
}

// Uniform draws in [0, 1), 24 bits each.
EXPORT(draw_uniform) void draw_uniform(Net *n, int count) {
  v128_t state[4];
  load_state(n, state);
  for (int i = 0; i < count; i += 4) {
    v128_t bits = wasm_u32x4_shr(next_words(state), 8);
    store(n->draws + i, mul(wasm_f32x4_convert_i32x4(bits), splat(0x1p-24f)));
  }
  store_state(n, state);
}

// Standard normal draws (Box and Muller 1958): of eight, four with the cosine and four with the sine.
EXPORT(draw_normal) void draw_normal(Net *n, int count) {
  v128_t state[4];
  load_state(n, state);
  for (int i = 0; i < count; i += 8) {
    v128_t uniform = mul(wasm_f32x4_convert_u32x4(next_words(state)), splat(0x1p-32f));
    v128_t minus = mul(splat(-2), logarithm(wasm_f32x4_max(uniform, splat(0x1p-33f))));
    v128_t radius = wasm_f32x4_sqrt(wasm_f32x4_max(minus, splat(0)));
    // A quarter of a turn, and an angle from it of at most an eighth, in half turns.
    v128_t turns = next_words(state);
    v128_t quarter = wasm_i32x4_add(turns, wasm_i32x4_const_splat(0x20000000));
    v128_t rest = wasm_i32x4_sub(wasm_v128_and(quarter, wasm_i32x4_const_splat(0x3fffffff)), wasm_i32x4_const_splat(0x20000000));
    v128_t x = mul(wasm_f32x4_convert_i32x4(rest), splat(1.46291807927e-9f)), square = mul(x, x);  // 2 pi / 2^32
    v128_t sine = madd(square, splat(-1.9515295891e-4f), splat(8.3321608736e-3f));
    sine = madd(sine, square, splat(-1.6666654611e-1f));
    sine = madd(mul(sine, square), x, x);
    v128_t cosine = madd(square, splat(2.443315711809948e-5f), splat(-1.388731625493765e-3f));
    cosine = madd(cosine, square, splat(4.166664568298827e-2f));
    cosine = madd(mul(cosine, square), square, madd(square, splat(-0.5f), splat(1)));
    v128_t is_odd = wasm_i32x4_shr(wasm_i32x4_shl(quarter, 1), 31);
    v128_t along = wasm_v128_bitselect(sine, cosine, is_odd), across = wasm_v128_bitselect(cosine, sine, is_odd);
    v128_t sign = wasm_i32x4_const_splat(0x80000000);
    // The cosine is negative in the second and third quarter, the sine in the last two.
    v128_t turned = wasm_i32x4_add(quarter, wasm_i32x4_const_splat(0x40000000));
    store(n->draws + i, mul(radius, wasm_v128_xor(along, wasm_v128_and(turned, sign))));
    store(n->draws + i + 4, mul(radius, wasm_v128_xor(across, wasm_v128_and(quarter, sign))));
  }
  store_state(n, state);
}

// The peak of the machine: so often twelve multiply-adds that wait for nothing, of four numbers each.
EXPORT(peak) float peak(int times) {
  v128_t x = splat(0.5f), s[12];
  for (int i = 0; i < 12; i++) s[i] = splat(i);
  for (; times > 0; times--) {
    s[0] = madd(x, x, s[0]), s[1] = madd(x, x, s[1]), s[2] = madd(x, x, s[2]), s[3] = madd(x, x, s[3]);
    s[4] = madd(x, x, s[4]), s[5] = madd(x, x, s[5]), s[6] = madd(x, x, s[6]), s[7] = madd(x, x, s[7]);
    s[8] = madd(x, x, s[8]), s[9] = madd(x, x, s[9]), s[10] = madd(x, x, s[10]), s[11] = madd(x, x, s[11]);
  }
  v128_t sum = s[0];
  for (int i = 1; i < 12; i++) sum = add(sum, s[i]);
  return wasm_f32x4_extract_lane(sum, 0);
}
