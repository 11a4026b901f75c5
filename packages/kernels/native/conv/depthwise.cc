#include "depthwise.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "scratch.h"
#include "taps.h"
#include "thread_pool.h"

namespace onebit {
namespace {

int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

/// The image that is read, and which pixels of it the taps of an output pixel mean.
struct DepthwiseSource {
  const float* data;
  int64_t height, width, channels;
  int64_t step_height, step_width, out_width;
  std::vector<Tap> taps;
};

/// The taps that line `q` of outputs sees, cut into spans of pixels that see the same ones.
class SpanCutter {
 public:
  SpanCutter(const DepthwiseSource& source, const float* image, int64_t q) : s_(source), image_(image), y_(q * source.step_height) {
    for (const Tap& tap : s_.taps) {
      if (y_ + tap.row < 0 || y_ + tap.row >= s_.height) continue;
      low_ = std::max(low_, -floor_div(tap.column, s_.step_width));
      high_ = std::min(high_, floor_div(s_.width - 1 - tap.column, s_.step_width) + 1);
    }
    high_ = std::clamp<int64_t>(high_, 0, s_.out_width);
    low_ = std::clamp<int64_t>(low_, 0, high_);
  }

  /// f(first pixel, pixels) with the taps of these pixels: those at the border one by one, those between all at once.
  template <typename F>
  void each(std::vector<DepthwiseTap>& taps, const float* weights, const F& f) const {
    const auto span = [&](int64_t r, int64_t pixels) {
      taps.clear();
      for (const Tap& tap : s_.taps) {
        const int64_t y = y_ + tap.row, x = r * s_.step_width + tap.column;
        if (y < 0 || y >= s_.height || x < 0 || x >= s_.width) continue;
        taps.push_back({image_ + (y * s_.width + x) * s_.channels, weights + tap.kernel_offset * s_.channels});
      }
      f(r, pixels);
    };
    for (int64_t r = 0; r < low_; r++) span(r, 1);
    if (low_ < high_) span(low_, high_ - low_);
    for (int64_t r = high_; r < s_.out_width; r++) span(r, 1);
  }

 private:
  const DepthwiseSource& s_;
  const float* image_;
  int64_t y_;
  int64_t low_ = 0, high_ = INT64_MAX;  // the pixels between see all taps of the line
};

/// Lines to a block, so that handing it out does not count.
int64_t line_grain(const DepthwiseSource& s) {
  return std::max<int64_t>(1, 65536 / (s.out_width * s.channels * static_cast<int64_t>(s.taps.size() + 1)));
}

/// Where line (n, q) of the results begins, and the floats from one of its pixels to the next.
template <typename Line>
void apply(const DepthwiseSource& s, int64_t batch, int64_t out_height, const float* weights, const OutputTransform* transform, float* base, int64_t y_step,
           const Line& line) {
  const GemmKernels& kernels = gemm_kernels();
  parallel_for(batch * out_height, line_grain(s), [&](int64_t begin, int64_t end) {
    std::vector<DepthwiseTap> taps;
    for (int64_t i = begin; i < end; i++) {
      const int64_t n = i / out_height, q = i % out_height;
      float* const out = line(n, q);
      SpanCutter(s, s.data + n * s.height * s.width * s.channels, q).each(taps, weights, [&](int64_t r, int64_t pixels) {
        float* const y = out + r * y_step;
        const auto count = static_cast<int64_t>(taps.size());
        kernels.depthwise({taps.data(), count, pixels, s.step_width * s.channels, y_step, s.channels}, transform, y - base, y);
      });
    }
  });
}

DepthwiseSource forward_source(const Conv2dGeometry& g, const float* x) {
  return {x, g.in_height, g.in_width, g.in_channels, g.stride_height, g.stride_width, g.out_width, forward_taps(g)};
}

}  // namespace

void depthwise_forward(const Conv2dGeometry& g, const float* x, const float* filter, const OutputTransform* transform, float* y) {
  const int64_t row = g.out_width * g.out_channels;
  apply(forward_source(g, x), g.batch, g.out_height, filter, transform, y, g.out_channels,
        [&](int64_t n, int64_t q) { return y + (n * g.out_height + q) * row; });
}

void depthwise_input_gradient(const Conv2dGeometry& g, const float* dy, const float* filter, float* dx) {
  const int64_t channels = g.in_channels, row_floats = g.in_width * channels;
  for (int64_t row = 0; row < std::min(g.stride_height, g.in_height); row++) {
    for (int64_t column = 0; column < std::min(g.stride_width, g.in_width); column++) {
      const int64_t height = (g.in_height - row + g.stride_height - 1) / g.stride_height;
      const int64_t width = (g.in_width - column + g.stride_width - 1) / g.stride_width;
      const DepthwiseSource source{dy, g.out_height, g.out_width, channels, 1, 1, width, phase_taps(g, row, column)};
      apply(source, g.batch, height, filter, nullptr, dx, g.stride_width * channels, [&](int64_t n, int64_t q) {
        return dx + (n * g.in_height + row + q * g.stride_height) * row_floats + column * channels;
      });
    }
  }
}

void depthwise_filter_gradient(const Conv2dGeometry& g, const float* x, const float* dy, float* dfilter) {
  const GemmKernels& kernels = gemm_kernels();
  const DepthwiseSource source = forward_source(g, x);
  const auto size = static_cast<int64_t>(g.filter_size());
  // Each part of the lines has sums of its own, at most 16 MiB together; how many there are must not depend on the number of threads.
  const int64_t most_parts = std::clamp<int64_t>((1 << 22) / size, 1, 16);
  const int64_t lines = g.batch * g.out_height, grain = std::max((lines + most_parts - 1) / most_parts, line_grain(source));
  const int64_t parts = (lines + grain - 1) / grain;
  thread_local Scratch scratch;
  float* const partial = scratch.get<float>(static_cast<size_t>(size * parts));
  parallel_for(lines, grain, [&](int64_t begin, int64_t end) {
    float* const sums = partial + begin / grain * size;
    std::memset(sums, 0, static_cast<size_t>(size) * sizeof(float));
    std::vector<DepthwiseTap> taps;
    for (int64_t i = begin; i < end; i++) {
      const int64_t n = i / g.out_height, q = i % g.out_height;
      const SpanCutter cutter(source, x + n * g.in_height * g.in_width * g.in_channels, q);
      cutter.each(taps, dfilter, [&](int64_t r, int64_t pixels) {
        const auto count = static_cast<int64_t>(taps.size());
        kernels.depthwise_gradient({taps.data(), count, pixels, g.stride_width * g.in_channels, g.in_channels, g.in_channels},
                                   dy + (i * g.out_width + r) * g.in_channels, dfilter, sums);
      });
    }
  });
  parallel_for(size, 4096, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      float sum = 0;
      for (int64_t part = 0; part < parts; part++) sum += partial[part * size + i];
      dfilter[i] = sum;
    }
  });
}

}  // namespace onebit
