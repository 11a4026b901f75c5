// Pooling: checks of the geometry, division of the work.
#include <algorithm>

#include "vector/common.h"
#include "vector/register.h"

namespace onebit {
namespace {

constexpr int64_t kMaxSize = int64_t{1} << 24;

/// Every window starts before the image ends and ends after it starts.
void check_axis(const Args& args, const char* axis, int64_t in, int64_t out, int64_t window, int64_t stride, int64_t pad) {
  if (out == 0) return;
  args.require(in > 0 && pad < window && (out - 1) * stride - pad < in, "every window must hold a cell along the %s, got size %lld, %lld outputs, window "
               "%lld, stride %lld, padding %lld", axis, static_cast<long long>(in), static_cast<long long>(out), static_cast<long long>(window),
               static_cast<long long>(stride), static_cast<long long>(pad));
}

/// Argument 0: the numbers of a PoolGeometry (src/native/geometry-numbers.ts has the same order).
PoolShape geometry(const Args& args) {
  constexpr size_t kNumbers = 12;
  const Span<double> numbers = args.float64s_or_nothing(0);
  args.require(numbers.size == kNumbers, "geometry must have %zu numbers, got %zu", kNumbers, numbers.size);
  size_t next = 0;
  const auto size = [&](const char* key, int64_t low) { return args.checked_integer(numbers[next++], key, low, kMaxSize); };
  PoolShape s;
  s.batch = size("batch", 0);
  s.in_height = size("inHeight", 0);
  s.in_width = size("inWidth", 0);
  s.channels = size("channels", 0);
  s.out_height = size("outHeight", 0);
  s.out_width = size("outWidth", 0);
  s.window_height = size("windowHeight", 1);
  s.window_width = size("windowWidth", 1);
  s.stride_height = size("strideHeight", 1);
  s.stride_width = size("strideWidth", 1);
  s.pad_top = size("padTop", 0);
  s.pad_left = size("padLeft", 0);
  check_axis(args, "height", s.in_height, s.out_height, s.window_height, s.stride_height, s.pad_top);
  check_axis(args, "width", s.in_width, s.out_width, s.window_width, s.stride_width, s.pad_left);
  return s;
}

size_t volume(const Args& args, int64_t batch, int64_t height, int64_t width, int64_t channels) {
  int64_t size = batch;
  for (const int64_t factor : {height, width, channels}) {
    args.require(!__builtin_mul_overflow(size, factor, &size), "the geometry must describe at most 2^63 elements");
  }
  return static_cast<size_t>(size);
}
size_t input_size(const Args& args, const PoolShape& s) { return volume(args, s.batch, s.in_height, s.in_width, s.channels); }
size_t output_size(const Args& args, const PoolShape& s) { return volume(args, s.batch, s.out_height, s.out_width, s.channels); }

/// f(image, row) for all rows of that many pixels.
template <typename F>
void over_rows(const PoolShape& s, int64_t height, int64_t width, const F& f) {
  const int64_t work = width * s.channels * std::min(s.window_height * s.window_width, int64_t{64});
  parallel_for(s.batch * height, row_grain(work), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) f(i / height, i % height);
  });
}

/// f(image, first channel, end): windows overlap, so a thread owns all cells of its channels. Ranges do not depend on the number of threads.
template <typename F>
void over_channels(const PoolShape& s, const F& f) {
  const int64_t width = s.batch >= 4 ? 64 : 16, ranges = ceil_div(s.channels, width);
  parallel_for(s.batch * ranges, row_grain(s.in_height * s.in_width * width), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const int64_t first = i % ranges * width;
      f(i / ranges, first, std::min(first + width, s.channels));
    }
  });
}

/// One byte holds every position in a window.
void require_small_window(const Args& args, const PoolShape& s) {
  args.require(s.window_height <= 255 && s.window_width <= 255 && s.window_height * s.window_width <= 255,
               "windows must have at most 255 cells, got %lld x %lld", static_cast<long long>(s.window_height),
               static_cast<long long>(s.window_width));
}

/// Arguments 1 and 2 are x and y; `positions_of(size of y)` gives where the positions go, or null.
template <typename F>
void max_pool_rows(const Args& args, const PoolShape& s, const F& positions_of) {
  const Span<float> x = args.floats(1, "x", input_size(args, s)), y = args.floats(2, "y", output_size(args, s));
  uint8_t* const positions = positions_of(y.size);
  if (y.size == 0) return;
  const VectorSet& set = vector_set();
  over_rows(s, s.out_height, s.out_width, [&](int64_t n, int64_t oy) { set.max_pool_row(s, x.data, y.data, positions, n, oy); });
}

/// maxPool(geometry, x, y)
napi_value max_pool(Args& args) {
  max_pool_rows(args, geometry(args), [](size_t) -> uint8_t* { return nullptr; });
  return nullptr;
}

/// maxPoolPositions(geometry, x, y, positions)
napi_value max_pool_positions(Args& args) {
  const PoolShape s = geometry(args);
  require_small_window(args, s);
  max_pool_rows(args, s, [&](size_t outputs) { return args.uint8s(3, "positions", outputs).data; });
  return nullptr;
}

/// maxPoolScatter(geometry, dy, positions, dx)
napi_value max_pool_scatter(Args& args) {
  const PoolShape s = geometry(args);
  require_small_window(args, s);
  const Span<float> dy = args.floats(1, "dy", output_size(args, s));
  const Span<uint8_t> positions = args.uint8s(2, "positions", dy.size);
  const Span<float> dx = args.floats(3, "dx", input_size(args, s));
  args.require(dx.size == 0 || dx.data != dy.data, "dx must not be dy");
  const VectorSet& set = vector_set();
  over_rows(s, s.in_height, s.in_width,
            [&](int64_t n, int64_t iy) { set.max_pool_scatter_row(s, dy.data, positions.data, dx.data, n, iy); });
  return nullptr;
}

/// maxPoolGradient(geometry, dy, x, dx)
napi_value max_pool_gradient(Args& args) {
  const PoolShape s = geometry(args);
  const Span<float> dy = args.floats(1, "dy", output_size(args, s)), x = args.floats(2, "x", input_size(args, s));
  const Span<float> dx = args.floats(3, "dx", x.size);
  args.require(dx.size == 0 || (dx.data != x.data && dx.data != dy.data), "dx must not be x or dy");
  const VectorSet& set = vector_set();
  over_channels(s, [&](int64_t n, int64_t c0, int64_t c1) { set.max_pool_gradient(s, dy.data, x.data, dx.data, n, c0, c1); });
  return nullptr;
}

/// avgPool(geometry, x, y)
napi_value avg_pool(Args& args) {
  const PoolShape s = geometry(args);
  const Span<float> x = args.floats(1, "x", input_size(args, s)), y = args.floats(2, "y", output_size(args, s));
  if (y.size == 0) return nullptr;
  const VectorSet& set = vector_set();
  over_rows(s, s.out_height, s.out_width, [&](int64_t n, int64_t oy) { set.avg_pool_row(s, x.data, y.data, n, oy); });
  return nullptr;
}

/// avgPoolGradient(geometry, dy, dx)
napi_value avg_pool_gradient(Args& args) {
  const PoolShape s = geometry(args);
  const Span<float> dy = args.floats(1, "dy", output_size(args, s)), dx = args.floats(2, "dx", input_size(args, s));
  args.require(dx.size == 0 || dx.data != dy.data, "dx must not be dy");
  const VectorSet& set = vector_set();
  over_rows(s, s.in_height, s.in_width, [&](int64_t n, int64_t iy) { set.avg_pool_gradient_row(s, dy.data, dx.data, n, iy); });
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {
    {"maxPool", max_pool},
    {"maxPoolPositions", max_pool_positions},
    {"maxPoolScatter", max_pool_scatter},
    {"maxPoolGradient", max_pool_gradient},
    {"avgPool", avg_pool},
    {"avgPoolGradient", avg_pool_gradient},
};

}  // namespace

void register_pool(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
