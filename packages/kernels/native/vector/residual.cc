// High-order residual quantization of the windows of a convolution (HORQ).
#include <algorithm>

#include "conv/read_geometry.h"
#include "vector/common.h"
#include "vector/register.h"

namespace onebit {
namespace {

/// The window of one output pixel, row by row of the kernel; cells outside the image are 0.
void read_window(const Conv2dGeometry& g, const float* image, int64_t oy, int64_t ox, float* to) {
  const int64_t c = g.in_channels;
  for (int64_t i = 0; i < g.kernel_height; i++) {
    const int64_t y = oy * g.stride_height - g.pad_top + i * g.dilation_height;
    for (int64_t j = 0; j < g.kernel_width; j++, to += c) {
      const int64_t x = ox * g.stride_width - g.pad_left + j * g.dilation_width;
      if (y < 0 || y >= g.in_height || x < 0 || x >= g.in_width) {
        std::fill(to, to + c, 0.f);
      } else {
        const float* from = image + (y * g.in_width + x) * c;
        std::copy(from, from + c, to);
      }
    }
  }
}

/// residualWindows(geometry, x, orders, y)
napi_value residual_windows(Args& args) {
  const Conv2dGeometry g = read_geometry(args, 0);
  const Span<float> x = args.floats(1, "x", g.input_size());
  const int64_t orders = args.integer(2, "orders", 1, 16);
  const int64_t pixels = g.out_height * g.out_width, depth = g.kernel_height * g.kernel_width * g.in_channels;
  int64_t size;
  const bool fits = !__builtin_mul_overflow(g.batch * pixels, depth, &size) && size <= kMaxElements;
  args.require(fits, "the windows must have at most 2^40 elements, got %lld of %lld", static_cast<long long>(g.batch * pixels),
               static_cast<long long>(depth));
  const Span<float> y = args.floats(3, "y", static_cast<size_t>(size));
  const VectorSet& set = vector_set();
  parallel_for(g.batch * pixels, row_grain(depth), [&](int64_t begin, int64_t end) {
    std::vector<float> scratch(static_cast<size_t>(2 * depth));
    float *const window = scratch.data(), *const sizes = window + depth;
    for (int64_t p = begin; p < end; p++) {
      const float* image = x.data + p / pixels * g.in_height * g.in_width * g.in_channels;
      read_window(g, image, p % pixels / g.out_width, p % g.out_width, window);
      set.residual_row(window, depth, orders, sizes, y.data + p * depth);
    }
  });
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {{"residualWindows", residual_windows}};

}  // namespace

void register_residual(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
