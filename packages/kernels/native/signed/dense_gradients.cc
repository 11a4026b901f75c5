#include "signed/dense_gradients.h"

#include <algorithm>
#include <vector>

#include "conv/conv.h"
#include "signed/bit_lines.h"
#include "signed/outside.h"
#include "thread_pool.h"

namespace onebit {
namespace {

/// values[i] = bit i ? one : zero for bits [first, first + count) of a packed pixel.
void expand(const int32_t* words, int64_t first, int64_t count, float zero, float one, float* values, int64_t stride) {
  for (int64_t i = 0; i < count; i += 64) {
    const int64_t length = count - i < 64 ? count - i : 64;
    const uint64_t bits = read_bits(words, first + i, length);
    for (int64_t k = 0; k < length; k++) values[(i + k) * stride] = (bits >> k & 1) != 0 ? one : zero;
  }
}

/// The float convolution counted taps outside as zero.
void add_outside(const Conv2dGeometry& g, const float* dy, int32_t pad_value, float* dw) {
  const auto factor = static_cast<float>(pad_value);
  const std::vector<float> outside = outside_sums(g, dy, {factor, factor}, false);
  const int64_t depth = g.group_in();
  for (int64_t row = 0; row < g.kernel_height * g.kernel_width * depth; row++) {
    const float* from = outside.data() + row / depth * g.out_channels;
    for (int64_t o = 0; o < g.out_channels; o++) dw[row * g.out_channels + o] += from[o];
  }
}

void multiply_all(const Slope& slope, size_t size, float* values) {
  if (!slope.multiply) return;
  constexpr int64_t kBlock = 1 << 14;
  parallel_for(static_cast<int64_t>(size), kBlock, [&](int64_t begin, int64_t end) {
    slope.multiply(values + begin, slope.x + begin, values + begin, end - begin, 0, 0);
  });
}

}  // namespace

void dense_input_gradient(const Conv2dGeometry& g, const float* dy, const int32_t* filter, const float* scale, const int32_t* mask,
                          const Slope& slope, float* dx) {
  const int64_t taps = g.kernel_height * g.kernel_width, words = words_for(g.group_in());
  std::vector<float> weights(g.filter_size());  // [kh, kw, C / groups, O], times the scale
  parallel_for(g.out_channels, 16, [&](int64_t begin, int64_t end) {
    for (int64_t tap = 0; tap < taps; tap++) {
      for (int64_t o = begin; o < end; o++) {
        const float one = scale ? scale[o] : 1.0f;
        expand(filter + (o * taps + tap) * words, 0, g.group_in(), one, -one, weights.data() + tap * g.group_in() * g.out_channels + o,
               g.out_channels);
      }
    }
  });
  conv2d_input_gradient(g, dy, weights.data(), dx);
  multiply_all(slope, g.input_size(), dx);
  if (!mask) return;
  parallel_for(g.batch * g.in_height * g.in_width, 256, [&](int64_t begin, int64_t end) {
    for (int64_t pixel = begin; pixel < end; pixel++) {
      const int32_t* bits = mask + pixel * words_for(g.in_channels);
      float* values = dx + pixel * g.in_channels;
      for (int64_t c = 0; c < g.in_channels; c++) {
        if ((static_cast<uint32_t>(bits[c / 32]) >> c % 32 & 1) == 0) values[c] = 0;
      }
    }
  });
}

void dense_filter_gradient(const Conv2dGeometry& g, const int32_t* x, const float* dy, const Slope& slope, float* dw, int32_t pad_value,
                           Levels levels) {
  if (g.batch == 0) {  // an empty vector has no address to count from
    std::fill_n(dw, g.filter_size(), 0.0f);
    return;
  }
  const float zero = levels == Levels::kPm1 ? 1.0f : 0.0f, one = levels == Levels::kPm1 ? -1.0f : 1.0f;
  std::vector<float> values(g.input_size());
  parallel_for(g.batch * g.in_height * g.in_width, 256, [&](int64_t begin, int64_t end) {
    for (int64_t pixel = begin; pixel < end; pixel++) {
      expand(x + pixel * words_for(g.in_channels), 0, g.in_channels, zero, one, values.data() + pixel * g.in_channels, 1);
    }
  });
  conv2d_filter_gradient(g, values.data(), dy, dw);
  if (pad_value != 0) add_outside(g, dy, pad_value, dw);
  multiply_all(slope, g.filter_size(), dw);
}

}  // namespace onebit
