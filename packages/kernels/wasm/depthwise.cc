// Depthwise binary convolution: 32 channels at a time, each with a sum of its own.

#include "geometry.h"
#include "transform.h"

namespace onebit {

/// As src/wasm/descriptor.ts writes it.
struct Depthwise {
  Geometry geometry;
  int32_t pad_value;
  int32_t zero_one;
  const int32_t* x;
  const int32_t* filter;  // [taps, words]
  const float* scale;     // [C] or null
  Transform transform;
};

namespace {

/// Dot products of 32 channels.
struct Sums {
  I32x4 lanes[8] = {};

  /// Adds `weight` to the channels whose bit is set.
  void add(int32_t word, int32_t weight) {
    for (int32_t i = 0; i < 8; i++) lanes[i] += spread_bits(word, i * kLanes) & splat(weight);
  }
};

Sums dot_products(const Depthwise& d, const Window& window, int32_t w) {
  const Geometry& g = d.geometry;
  const int32_t words = g.in_words();
  Sums sums;
  int32_t constant = 0;
  for (int32_t kh = 0; kh < g.kernel_height; kh++) {
    for (int32_t kw = 0; kw < g.kernel_width; kw++) {
      const int32_t weight = d.filter[(kh * g.kernel_width + kw) * words + w];
      if (!window.contains(kh, kw)) {
        constant += d.pad_value;
        sums.add(weight, -2 * d.pad_value);
        continue;
      }
      const int32_t value = d.x[window.pixel(kh, kw) * words + w];
      if (d.zero_one != 0) {
        sums.add(value & ~weight, 1);
        sums.add(value & weight, -1);
      } else {
        constant += 1;
        sums.add(value ^ weight, -2);
      }
    }
  }
  for (I32x4& lane : sums.lanes) lane += splat(constant);
  return sums;
}

}  // namespace

/// Output pixels [begin, end); `values` has room for the channels rounded up to 32.
ONEBIT_EXPORT(depthwise_run)
void depthwise_run(const Depthwise* d, float* values, int32_t begin, int32_t end) {
  const int32_t channels = d->geometry.in_channels;
  const bool dots = d->transform.output == Output::kDots;
  Window window(d->geometry, begin);
  for (int32_t p = begin; p < end; p++, window.advance()) {
    for (int32_t w = 0; w < words_for(channels); w++) {
      const Sums sums = dot_products(*d, window, w);
      for (int32_t c = w * kWordBits, i = 0; i < 8 && c < channels; c += kLanes, i++) {
        if (dots) {
          store(static_cast<int32_t*>(d->transform.y) + p * channels + c, sums.lanes[i], channels - c);
          continue;
        }
        store(values + c, __builtin_convertvector(sums.lanes[i], F32x4));
      }
    }
    if (dots) continue;
    finish_row(d->transform, p, channels, values, [&](int32_t c) {
      return d->scale == nullptr ? load(values + c) : load(values + c) * load(d->scale + c);
    });
  }
}

}  // namespace onebit
