// Gradients of the binary convolution. Weights and activations are read from bits once into vectors of signs; sums are float32 in blocks, so that
// rounding errors grow with the length of a block and the number of blocks, not with their product.

#include <stddef.h>

#include "geometry.h"

namespace onebit {
namespace {

constexpr int32_t kMinusZero = static_cast<int32_t>(0x80000000);
/// Input pixels handled together.
constexpr int32_t kBlock = 16;
/// Output pixels whose products are summed before they join the gradient of the weights.
constexpr int32_t kPixels = 64;
/// Terms summed before they join the total.
constexpr int32_t kSegment = 128;

/// The output position that tap k of an input position feeds, or -1.
inline int32_t output_at(int32_t in, int32_t pad, int32_t k, int32_t dilation, int32_t stride, int32_t size) {
  const int32_t at = in + pad - k * dilation;
  return at >= 0 && at % stride == 0 && at / stride < size ? at / stride : -1;
}

/// dy * scale of one group at the output pixels that an input pixel feeds, [taps, group_out]; 0 where there is none.
void gather_gradients(const Geometry& g, int32_t pixel, const float* dy, const float* scale, int32_t group, float* to) {
  const int32_t image = pixel / (g.in_height * g.in_width);
  const int32_t row = pixel / g.in_width % g.in_height, column = pixel % g.in_width;
  const int32_t channels = g.group_out(), first = group * channels;
  for (int32_t kh = 0; kh < g.kernel_height; kh++) {
    const int32_t h = output_at(row, g.pad_top, kh, g.dilation_height, g.stride_height, g.out_height);
    for (int32_t kw = 0; kw < g.kernel_width; kw++, to += channels) {
      const int32_t w = output_at(column, g.pad_left, kw, g.dilation_width, g.stride_width, g.out_width);
      if (h < 0 || w < 0) {
        for (int32_t o = 0; o < channels; o += kLanes) store(to + o, F32x4{}, channels - o);
        continue;
      }
      const float* from = dy + ((image * g.out_height + h) * g.out_width + w) * g.out_channels + first;
      for (int32_t o = 0; o < channels; o += kLanes) {
        const F32x4 v = load(from + o);
        store(to + o, scale == nullptr ? v : v * load(scale + first + o), channels - o);
      }
    }
  }
}

/// Signs of one group's weights as sign bits, [ceil(group_in / 4)][taps, group_out][4].
void spread_weights(const Geometry& g, const int32_t* filter, int32_t group, int32_t* to) {
  const int32_t words = g.group_words(), taps = g.taps(), channels = g.group_out();
  for (int32_t c = 0; c < g.group_in(); c += kLanes) {
    for (int32_t tap = 0; tap < taps; tap++) {
      for (int32_t o = 0; o < channels; o++, to += kLanes) {
        const int32_t word = filter[((group * channels + o) * taps + tap) * words + c / kWordBits];
        store(to, spread_bits(word, c % kWordBits) & splat(kMinusZero));
      }
    }
  }
}

/// Sums of `depth` numbers with the signs of four channels, for R rows of numbers `depth` apart.
template <int R>
inline void signed_sums(const float* numbers, const int32_t* signs, int32_t depth, F32x4 (&sums)[R]) {
  for (int32_t r = 0; r < R; r++) sums[r] = F32x4{};
  for (int32_t d0 = 0; d0 < depth; d0 += kSegment) {
    F32x4 part[R] = {};
    for (int32_t d = d0; d < min(depth, d0 + kSegment); d++) {
      const I32x4 sign = load(signs + d * kLanes);
      for (int32_t r = 0; r < R; r++) part[r] += floats_of(bits_of(splat_from(numbers + r * depth + d)) ^ sign);
    }
    for (int32_t r = 0; r < R; r++) sums[r] += part[r];
  }
}

struct InputGradient {
  const Geometry& g;
  const int32_t* mask;  // [N, H, W, words] or null
  float* dx;

  void write(int32_t pixel, int32_t group, int32_t c, F32x4 v) const {
    const int32_t channel = group * g.group_in() + c;
    const int32_t count = min(kLanes, g.group_in() - c);
    if (mask != nullptr) {
      v = floats_of(bits_of(v) & spread_bits(bits_at(mask + pixel * g.in_words(), g.in_words(), channel, count), 0));
    }
    store(dx + pixel * g.in_channels + channel, v, count);
  }
};

}  // namespace

/// `signs` and `gathered` are scratch memory: [ceil(group_in / 4), taps, group_out, 4] and [16, taps, group_out].
ONEBIT_EXPORT(backprop_input)
void backprop_input(const Geometry* geometry, const float* dy, const int32_t* filter, const float* scale, const int32_t* mask,
                    float* dx, int32_t* signs, float* gathered) {
  const Geometry& g = *geometry;
  const InputGradient gradient{g, mask, dx};
  const int32_t depth = g.taps() * g.group_out();
  const int32_t pixels = g.batch * g.in_height * g.in_width;
  constexpr int32_t kTile = 4;
  for (int32_t group = 0; group < g.groups; group++) {
    spread_weights(g, filter, group, signs);
    for (int32_t p0 = 0; p0 < pixels; p0 += kBlock) {
      const int32_t count = min(kBlock, pixels - p0);
      for (int32_t i = 0; i < count; i++) gather_gradients(g, p0 + i, dy, scale, group, gathered + i * depth);
      for (int32_t c = 0; c < g.group_in(); c += kLanes) {
        // Rows beyond `count` are left over from other blocks and not written.
        for (int32_t i = 0; i < count; i += kTile) {
          F32x4 sums[kTile];
          signed_sums<kTile>(gathered + i * depth, signs + c * depth, depth, sums);
          for (int32_t r = 0; r < min(kTile, count - i); r++) gradient.write(p0 + i + r, group, c, sums[r]);
        }
      }
    }
  }
}

/// Values of one group's activations as one tap meets them at output pixels [begin, end), [end - begin, group_in rounded up to 4].
static void gather_values(const Geometry& g, const int32_t* x, int32_t group, int32_t kh, int32_t kw, int32_t begin, int32_t end,
                          float pad_value, bool zero_one, float* to) {
  const I32x4 one = bits_of(splat(1.0f));
  Window window(g, begin);
  for (int32_t p = begin; p < end; p++, window.advance()) {
    const bool inside = window.contains(kh, kw);
    const int32_t* row = x + (inside ? window.pixel(kh, kw) * g.in_words() : 0);
    for (int32_t c = 0; c < g.group_in(); c += kLanes, to += kLanes) {
      if (!inside) {
        store(to, splat(pad_value));
        continue;
      }
      const I32x4 set = spread_bits(bits_at(row, g.in_words(), group * g.group_in() + c, min(kLanes, g.group_in() - c)), 0);
      store(to, floats_of(zero_one ? one & set : one | (splat(kMinusZero) & set)));
    }
  }
}

/// Adds `count` pixels' products to four rows and V vectors of dw: values [count, value_stride], dy rows out_channels apart. Only `rows` rows and
/// `columns` columns are there.
template <int V>
static void add_products(const float* values, int32_t value_stride, const float* dy, int32_t count, int32_t out_channels,
                         int32_t rows, int32_t columns, float* dw) {
  F32x4 sums[kLanes][V] = {};
  for (int32_t p = 0; p < count; p++, values += value_stride, dy += out_channels) {
    for (int32_t r = 0; r < kLanes; r++) {
      const F32x4 value = splat_from(values + r);
      for (int32_t v = 0; v < V; v++) sums[r][v] += value * load(dy + v * kLanes);
    }
  }
  for (int32_t r = 0; r < rows; r++, dw += out_channels) {
    for (int32_t v = 0; v < V; v++) store(dw + v * kLanes, load(dw + v * kLanes) + sums[r][v], columns - v * kLanes);
  }
}

/// `values` is scratch memory: [64, group_in rounded up to 4].
ONEBIT_EXPORT(backprop_filter)
void backprop_filter(const Geometry* geometry, const int32_t* x, const float* dy, float* dw, int32_t pad_value, int32_t zero_one,
                     float* values) {
  const Geometry& g = *geometry;
  const int32_t pixels = g.batch * g.out_height * g.out_width;
  const int32_t stride = (g.group_in() + kLanes - 1) / kLanes * kLanes;
  __builtin_memset(dw, 0, sizeof(float) * static_cast<size_t>(g.taps() * g.group_in()) * static_cast<size_t>(g.out_channels));
  for (int32_t p0 = 0; p0 < pixels; p0 += kPixels) {
    const int32_t count = min(kPixels, pixels - p0);
    for (int32_t group = 0; group < g.groups; group++) {
      const int32_t first = group * g.group_out();
      for (int32_t tap = 0; tap < g.taps(); tap++) {
        gather_values(g, x, group, tap / g.kernel_width, tap % g.kernel_width, p0, p0 + count, static_cast<float>(pad_value),
                      zero_one != 0, values);
        float* rows = dw + tap * g.group_in() * g.out_channels + first;
        for (int32_t c = 0; c < g.group_in(); c += kLanes) {
          const int32_t there = min(kLanes, g.group_in() - c);
          for (int32_t o = 0; o < g.group_out(); o += 2 * kLanes) {
            const int32_t columns = g.group_out() - o;
            (columns > kLanes ? add_products<2> : add_products<1>)(values + c, stride, dy + p0 * g.out_channels + first + o, count,
                                                                   g.out_channels, there, columns, rows + c * g.out_channels + o);
          }
        }
      }
    }
  }
}

/// dw [taps * in_channels, O], filter [O, taps, words].
ONEBIT_EXPORT(scale_gradient)
void scale_gradient(const float* dw, const int32_t* filter, float* d_scale, int32_t taps, int32_t in_channels, int32_t out_channels) {
  const int32_t words = words_for(in_channels);
  for (int32_t o = 0; o < out_channels; o += kLanes) {
    const int32_t columns = min(kLanes, out_channels - o);
    F32x4 sum{};
    for (int32_t row = 0; row < taps * words; row++) {
      I32x4 word{};
      for (int32_t lane = 0; lane < columns; lane++) word[lane] = filter[(o + lane) * taps * words + row];
      const int32_t first = row % words * kWordBits;
      const float* from = dw + (row / words * in_channels + first) * out_channels + o;
      F32x4 part{};
      for (int32_t c = 0; c < min(kWordBits, in_channels - first); c++) {
        const I32x4 sign = wasm_i32x4_shl(word, static_cast<uint32_t>(31 - c)) & splat(kMinusZero);
        part += floats_of(bits_of(load(from + c * out_channels)) ^ sign);
      }
      sum += part;
    }
    store(d_scale + o, sum, columns);
  }
}

}  // namespace onebit
