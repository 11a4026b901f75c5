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

PoolShape geometry(const Args& args) {
  PoolShape s;
  s.batch = args.property(0, "batch", 0, kMaxSize);
  s.in_height = args.property(0, "inHeight", 0, kMaxSize);
  s.in_width = args.property(0, "inWidth", 0, kMaxSize);
  s.channels = args.property(0, "channels", 0, kMaxSize);
  s.out_height = args.property(0, "outHeight", 0, kMaxSize);
  s.out_width = args.property(0, "outWidth", 0, kMaxSize);
  s.window_height = args.property(0, "windowHeight", 1, kMaxSize);
  s.window_width = args.property(0, "windowWidth", 1, kMaxSize);
  s.stride_height = args.property(0, "strideHeight", 1, kMaxSize);
  s.stride_width = args.property(0, "strideWidth", 1, kMaxSize);
  s.pad_top = args.property(0, "padTop", 0, kMaxSize);
  s.pad_left = args.property(0, "padLeft", 0, kMaxSize);
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

/// f(image, output row)
template <typename F>
void over_rows(const PoolShape& s, const F& f) {
  const int64_t work = s.out_width * s.channels * std::min(s.window_height * s.window_width, int64_t{64});
  parallel_for(s.batch * s.out_height, row_grain(work), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) f(i / s.out_height, i % s.out_height);
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

template <bool max>
napi_value pool(Args& args) {
  const PoolShape s = geometry(args);
  const Span<float> x = args.floats(1, "x", input_size(args, s)), y = args.floats(2, "y", output_size(args, s));
  if (y.size == 0) return nullptr;
  const VectorSet& set = vector_set();
  over_rows(s, [&](int64_t n, int64_t oy) { (max ? set.max_pool_row : set.avg_pool_row)(s, x.data, y.data, n, oy); });
  return nullptr;
}

napi_value max_pool_gradient(Args& args) {
  const PoolShape s = geometry(args);
  const Span<float> dy = args.floats(1, "dy", output_size(args, s)), x = args.floats(2, "x", input_size(args, s));
  const Span<float> dx = args.floats(3, "dx", x.size);
  args.require(dx.size == 0 || (dx.data != x.data && dx.data != dy.data), "dx must not be x or dy");
  const VectorSet& set = vector_set();
  over_channels(s, [&](int64_t n, int64_t c0, int64_t c1) { set.max_pool_gradient(s, dy.data, x.data, dx.data, n, c0, c1); });
  return nullptr;
}

napi_value avg_pool_gradient(Args& args) {
  const PoolShape s = geometry(args);
  const Span<float> dy = args.floats(1, "dy", output_size(args, s)), dx = args.floats(2, "dx", input_size(args, s));
  args.require(dx.size == 0 || dx.data != dy.data, "dx must not be dy");
  const VectorSet& set = vector_set();
  over_channels(s, [&](int64_t n, int64_t c0, int64_t c1) { set.avg_pool_gradient(s, dy.data, dx.data, n, c0, c1); });
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {
    {"maxPool", pool<true>},
    {"maxPoolGradient", max_pool_gradient},
    {"avgPool", pool<false>},
    {"avgPoolGradient", avg_pool_gradient},
};

}  // namespace

void register_pool(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
