// Binary convolution as a matrix product of gathered words: with p = number of bits in which an output pixel's words differ from a filter's,
//   pm1:       dot = L - 2 p                (L = products per dot product)
//   zero-one:  dot = p - negative weights   (each 1 that meets +1 differs, each that meets -1 does not, and a 0 differs where the weight is -1)
// Taps outside are gathered as words of 0, which mean +1 and 0; `base` makes the pad value of that.

#include "counts.h"
#include "geometry.h"
#include "transform.h"

namespace onebit {

// These three are written by src/wasm/descriptor.ts, field by field.

struct Term {
  const int32_t* x;
  const int32_t* panels;  // of lay_out_filter
  const float* scale;     // [O] or null
  int32_t* tap_sums;      // [taps, row_stride]: sums of the weights of each tap
  int32_t* base;          // [row_stride]: what is added to the count where all taps are inside
};

struct Convolution {
  Geometry geometry;
  int32_t pad_value;
  int32_t zero_one;
  int32_t row_stride;  // channels of a row of scratch memory: >= O + 3, for stores of whole vectors
  int32_t term_count;
  Term* terms;
  Transform transform;
};

/// Scratch memory of one range of pixels.
struct Workspace {
  int32_t* words;   // [kBlock, depth]
  int32_t* counts;  // [kBlock, row_stride]
  int32_t* base;    // [row_stride]
  float* values;    // [kBlock, row_stride]
};

namespace {

/// Output pixels handled together: the filter's words are read once for all of them.
constexpr int32_t kBlock = 16;

int32_t group_vectors(const Geometry& g) { return (g.group_out() + kLanes - 1) / kLanes; }

/// The words of one group that an output pixel sees, [taps, group_words].
void gather(const Geometry& g, const Window& window, const int32_t* x, int32_t group, int32_t* to) {
  const int32_t words = g.group_words(), in_words = g.in_words();
  for (int32_t kh = 0; kh < g.kernel_height; kh++) {
    for (int32_t kw = 0; kw < g.kernel_width; kw++, to += words) {
      if (!window.contains(kh, kw)) {
        for (int32_t w = 0; w < words; w++) to[w] = 0;
        continue;
      }
      const int32_t* from = x + window.pixel(g, kh, kw) * in_words;
      for (int32_t w = 0; w < words; w++) {
        to[w] = g.groups == 1 ? from[w]
                              : bits_at(from, in_words, group * g.group_in() + w * kWordBits, g.group_in() - w * kWordBits);
      }
    }
  }
}

void count_block(const Convolution& c, const Term& term, const Workspace& workspace, int32_t begin, int32_t end) {
  const Geometry& g = c.geometry;
  const int32_t depth = g.depth();
  const int32_t* panel = term.panels;
  for (int32_t group = 0; group < g.groups; group++) {
    for (int32_t p = begin; p < end; p++) gather(g, Window(g, p), term.x, group, workspace.words + (p - begin) * depth);
    // A group's last vector may run into the columns of the next group, which come later.
    int32_t* column = workspace.counts + group * g.group_out();
    for (int32_t v = 0; v < group_vectors(g); v++, panel += depth * kLanes, column += kLanes) {
      for (int32_t i = 0; i < end - begin; i++) {
        store(column + i * c.row_stride, count_differences(workspace.words + i * depth, panel, depth));
      }
    }
  }
}

/// What outside taps must add to the base, per unit of the sum of their weights.
int32_t pad_factor(const Convolution& c) { return c.pad_value - (c.zero_one != 0 ? 0 : 1); }

void border_base(const Convolution& c, const Term& term, const Window& window, int32_t* base) {
  const Geometry& g = c.geometry;
  const I32x4 factor = splat(pad_factor(c));
  for (int32_t o = 0; o < c.row_stride; o += kLanes) store(base + o, load(term.base + o));
  for (int32_t kh = 0; kh < g.kernel_height; kh++) {
    for (int32_t kw = 0; kw < g.kernel_width; kw++) {
      if (window.contains(kh, kw)) continue;
      const int32_t* sums = term.tap_sums + (kh * g.kernel_width + kw) * c.row_stride;
      for (int32_t o = 0; o < c.row_stride; o += kLanes) store(base + o, load(base + o) + factor * load(sums + o));
    }
  }
}

/// Counts of one pixel to dot products, which become the pixel's integers or are scaled and summed into `values`.
void add_term(const Convolution& c, const Term& term, int32_t pixel, const int32_t* base, const int32_t* counts, float* values) {
  const int32_t channels = c.geometry.out_channels;
  const I32x4 factor = splat(c.zero_one != 0 ? 1 : -2);
  const bool first = &term == c.terms;
  for (int32_t o = 0; o < channels; o += kLanes) {
    const I32x4 dot = load(base + o) + factor * load(counts + o);
    if (c.transform.output == Output::kDots) {
      store(static_cast<int32_t*>(c.transform.y) + pixel * channels + o, dot, channels - o);
      continue;
    }
    F32x4 v = __builtin_convertvector(dot, F32x4);
    if (term.scale != nullptr) v *= load(term.scale + o);
    store(values + o, first ? v : load(values + o) + v);
  }
}

void add_block(const Convolution& c, const Term& term, const Workspace& workspace, int32_t begin, int32_t end) {
  const Geometry& g = c.geometry;
  const Range all_rows{0, g.kernel_height}, all_columns{0, g.kernel_width};
  Range rows = all_rows, columns = all_columns;  // of the base at hand
  const int32_t* base = term.base;
  for (int32_t p = begin; p < end; p++) {
    const Window window(g, p);
    // Neighbours mostly see the same taps.
    if (pad_factor(c) != 0 && !(window.rows == rows && window.columns == columns)) {
      rows = window.rows;
      columns = window.columns;
      base = rows == all_rows && columns == all_columns ? term.base : workspace.base;
      if (base == workspace.base) border_base(c, term, window, workspace.base);
    }
    const int32_t at = (p - begin) * c.row_stride;
    add_term(c, term, p, base, workspace.counts + at, workspace.values + at);
  }
}

/// Numbers of negative weights of four channels in `words` rows of a panel.
I32x4 negative_weights(const int32_t* panel, int32_t words) {
  I32x4 sum{};
  for (int32_t w = 0; w < words; w++) {
    const v128_t bytes = wasm_i8x16_popcnt(load(panel + w * kLanes));
    sum += wasm_u32x4_extadd_pairwise_u16x8(wasm_u16x8_extadd_pairwise_u8x16(bytes));
  }
  return sum;
}

}  // namespace

/// Packed filter [O, depth] to panels [groups, ceil(group_out / 4), depth, 4], missing channels 0.
ONEBIT_EXPORT(lay_out_filter)
void lay_out_filter(const Geometry* g, const int32_t* filter, int32_t* panels) {
  const int32_t depth = g->depth();
  for (int32_t group = 0; group < g->groups; group++) {
    for (int32_t o = 0; o < group_vectors(*g) * kLanes; o++) {
      int32_t* to = panels + (group * group_vectors(*g) + o / kLanes) * depth * kLanes + o % kLanes;
      const int32_t* from = filter + (group * g->group_out() + o) * depth;
      for (int32_t d = 0; d < depth; d++) to[d * kLanes] = o < g->group_out() ? from[d] : 0;
    }
  }
}

/// Fills the tap sums and bases of all terms.
ONEBIT_EXPORT(convolution_prepare)
void convolution_prepare(const Convolution* c) {
  const Geometry& g = c->geometry;
  const int32_t taps = g.taps(), words = g.group_words();
  for (int32_t i = 0; i < c->term_count; i++) {
    const Term& term = c->terms[i];
    const int32_t* panel = term.panels;
    for (int32_t group = 0; group < g.groups; group++) {
      for (int32_t v = 0; v < group_vectors(g); v++) {
        const int32_t column = group * g.group_out() + v * kLanes;
        I32x4 negative{};
        for (int32_t tap = 0; tap < taps; tap++, panel += words * kLanes) {
          const I32x4 of_tap = negative_weights(panel, words);
          negative += of_tap;
          store(term.tap_sums + tap * c->row_stride + column, splat(g.group_in()) - 2 * of_tap);
        }
        store(term.base + column, c->zero_one != 0 ? -negative : splat(taps * g.group_in()));
      }
    }
  }
}

/// Output pixels [begin, end).
ONEBIT_EXPORT(convolution_run)
void convolution_run(const Convolution* c, const Workspace* workspace, int32_t begin, int32_t end) {
  for (int32_t p0 = begin; p0 < end; p0 += kBlock) {
    const int32_t p1 = min(end, p0 + kBlock);
    for (int32_t i = 0; i < c->term_count; i++) {
      count_block(*c, c->terms[i], *workspace, p0, p1);
      add_block(*c, c->terms[i], *workspace, p0, p1);
    }
    if (c->transform.output == Output::kDots) continue;
    for (int32_t p = p0; p < p1; p++) {
      finish_row(c->transform, p, c->geometry.out_channels, workspace->values + (p - p0) * c->row_stride);
    }
  }
}

}  // namespace onebit
