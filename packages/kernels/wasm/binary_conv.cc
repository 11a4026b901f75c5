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
  if (g.groups == 1 && g.dilation_width == 1 && window.complete()) {
    for (int32_t kh = 0; kh < g.kernel_height; kh++) {
      const int32_t* from = x + window.pixel(kh, 0) * words;
      for (int32_t i = 0; i < g.kernel_width * words; i++) *to++ = from[i];
    }
    return;
  }
  for (int32_t kh = 0; kh < g.kernel_height; kh++) {
    for (int32_t kw = 0; kw < g.kernel_width; kw++, to += words) {
      const bool inside = window.contains(kh, kw);
      const int32_t* from = x + (inside ? window.pixel(kh, kw) * in_words : 0);
      for (int32_t w = 0; w < words; w++) {
        const int32_t first = w * kWordBits;
        to[w] = inside ? bits_at(from, in_words, group * g.group_in() + first, g.group_in() - first) : 0;
      }
    }
  }
}

void count_block(const Convolution& c, const Term& term, const Workspace& workspace, int32_t begin, int32_t end) {
  const Geometry& g = c.geometry;
  const int32_t depth = g.depth();
  const int32_t* panel = term.panels;
  for (int32_t group = 0; group < g.groups; group++) {
    Window window(g, begin);
    for (int32_t i = 0; i < end - begin; i++, window.advance()) {
      gather(g, window, term.x, group, workspace.words + i * depth);
      make_running(workspace.words + i * depth, depth);
    }
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

/// Turns the counts of one pixel into dot products and those into its integers, into sums of the terms so far, or into its output.
void add_term(const Convolution& c, const Term& term, int32_t pixel, const int32_t* base, const int32_t* counts, float* sums) {
  const int32_t channels = c.geometry.out_channels;
  const bool zero_one = c.zero_one != 0;
  const auto dots = [=](int32_t o) {
    const I32x4 count = load(counts + o);
    return zero_one ? load(base + o) + count : load(base + o) - (count + count);
  };
  if (c.transform.output == Output::kDots) {
    int32_t* y = static_cast<int32_t*>(c.transform.y) + pixel * channels;
    for (int32_t o = 0; o < channels; o += kLanes) store(y + o, dots(o), channels - o);
    return;
  }
  const bool first = &term == c.terms, last = &term == c.terms + c.term_count - 1;
  const auto sum = [=, scale = term.scale](int32_t o) {
    F32x4 v = __builtin_convertvector(dots(o), F32x4);
    if (scale != nullptr) v *= load(scale + o);
    return first ? v : load(sums + o) + v;
  };
  if (last) {
    finish_row(c.transform, pixel, channels, sums, sum);
  } else {
    for (int32_t o = 0; o < channels; o += kLanes) store(sums + o, sum(o));
  }
}

void add_block(const Convolution& c, const Term& term, const Workspace& workspace, int32_t begin, int32_t end) {
  Window window(c.geometry, begin);
  Range rows{}, columns{};  // of the workspace's base
  for (int32_t p = begin; p < end; p++, window.advance()) {
    const int32_t* base = term.base;
    if (pad_factor(c) != 0 && !window.complete()) {
      // Neighbours mostly see the same taps.
      if (p == begin || !(window.rows == rows && window.columns == columns)) border_base(c, term, window, workspace.base);
      rows = window.rows;
      columns = window.columns;
      base = workspace.base;
    }
    const int32_t at = (p - begin) * c.row_stride;
    add_term(c, term, p, base, workspace.counts + at, workspace.values + at);
  }
}

/// Sums the weights of each tap of four channels, from a panel of running words.
void sum_taps(const Geometry& g, const int32_t* panel, int32_t row_stride, int32_t* tap_sums, I32x4& negative) {
  const int32_t words = g.group_words(), depth = g.depth();
  I32x4 running{};
  for (int32_t d = 0; d < depth; tap_sums += row_stride) {
    I32x4 of_tap{};
    for (const int32_t end = d + words; d < end; d++) {
      const I32x4 stored = load(panel + d * kLanes);
      const I32x4 word = is_running(depth, d) ? stored ^ running : stored;
      running ^= word;
      const v128_t bytes = wasm_u16x8_extadd_pairwise_u8x16(wasm_i8x16_popcnt(word));
      of_tap += wasm_i32x4_extadd_pairwise_i16x8(bytes);
    }
    negative += of_tap;
    store(tap_sums, splat(g.group_in()) - 2 * of_tap);
  }
}

}  // namespace

/// Packed filter [O, depth] to panels of running words [groups, ceil(group_out / 4), depth, 4], missing channels 0.
ONEBIT_EXPORT(lay_out_filter)
void lay_out_filter(const Geometry* g, const int32_t* filter, int32_t* panels) {
  const int32_t depth = g->depth();
  for (int32_t group = 0; group < g->groups; group++) {
    for (int32_t o = 0; o < group_vectors(*g) * kLanes; o++) {
      int32_t* to = panels + (group * group_vectors(*g) + o / kLanes) * depth * kLanes + o % kLanes;
      const int32_t* from = filter + (group * g->group_out() + o) * depth;
      for (int32_t d = 0; d < depth; d++) to[d * kLanes] = o < g->group_out() ? from[d] : 0;
      make_running(to, depth, kLanes);
    }
  }
}

/// Fills the tap sums and bases of all terms.
ONEBIT_EXPORT(convolution_prepare)
void convolution_prepare(const Convolution* c) {
  const Geometry& g = c->geometry;
  for (int32_t i = 0; i < c->term_count; i++) {
    const Term& term = c->terms[i];
    const int32_t* panel = term.panels;
    for (int32_t group = 0; group < g.groups; group++) {
      for (int32_t v = 0; v < group_vectors(g); v++, panel += g.depth() * kLanes) {
        const int32_t column = group * g.group_out() + v * kLanes;
        I32x4 negative{};
        sum_taps(g, panel, c->row_stride, term.tap_sums + column, negative);
        store(term.base + column, c->zero_one != 0 ? -negative : splat(g.taps() * g.group_in()));
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
  }
}

}  // namespace onebit
