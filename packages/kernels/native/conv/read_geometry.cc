#include "read_geometry.h"

#include <initializer_list>

namespace onebit {
namespace {

constexpr int64_t kMaxSize = int64_t{1} << 31;
constexpr size_t kGeometryNumbers = 18;
constexpr double kMaxElements = 1099511627776.0;  // 2^40

void check_axis(const Args& args, const char* axis, int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation,
                int64_t before, int64_t after) {
  const int64_t extent = (kernel - 1) * dilation + 1;
  const int64_t padded = in + before + after;
  const int64_t expected = padded < extent ? 0 : (padded - extent) / stride + 1;
  args.require(out == expected, "geometry: output %s must be %lld (from %lld + %lld + %lld padded cells), got %lld", axis,
               static_cast<long long>(expected), static_cast<long long>(before), static_cast<long long>(in),
               static_cast<long long>(after), static_cast<long long>(out));
}

void check_elements(const Args& args, const char* what, std::initializer_list<int64_t> sizes) {
  double product = 1;
  for (int64_t size : sizes) product *= static_cast<double>(size);
  args.require(product <= kMaxElements, "geometry: the %s must have at most 2^40 elements, got %g", what, product);
}

}  // namespace

Conv2dGeometry read_geometry(const Args& args, size_t i) {
  const Span<double> numbers = args.float64s_or_nothing(i);
  args.require(!numbers || numbers.size == kGeometryNumbers, "geometry must have %zu numbers, got %zu", kGeometryNumbers, numbers.size);
  size_t next = 0;
  const auto size = [&](const char* key, int64_t low, int64_t high = kMaxSize) {
    return numbers ? args.checked_integer(numbers[next++], key, low, high) : args.property(i, key, low, high);
  };
  constexpr int64_t kMaxStep = 1 << 20;  // strides, dilations, kernels and pads
  Conv2dGeometry g;
  g.batch = size("batch", 0);
  g.in_height = size("inHeight", 1);
  g.in_width = size("inWidth", 1);
  g.in_channels = size("inChannels", 1);
  g.out_height = size("outHeight", 1);
  g.out_width = size("outWidth", 1);
  g.out_channels = size("outChannels", 1);
  g.kernel_height = size("kernelHeight", 1, 4096);
  g.kernel_width = size("kernelWidth", 1, 4096);
  g.stride_height = size("strideHeight", 1, kMaxStep);
  g.stride_width = size("strideWidth", 1, kMaxStep);
  g.dilation_height = size("dilationHeight", 1, kMaxStep);
  g.dilation_width = size("dilationWidth", 1, kMaxStep);
  g.pad_top = size("padTop", 0, kMaxStep);
  g.pad_bottom = size("padBottom", 0, kMaxStep);
  g.pad_left = size("padLeft", 0, kMaxStep);
  g.pad_right = size("padRight", 0, kMaxStep);
  g.groups = size("groups", 1);
  args.require(g.in_channels % g.groups == 0 && g.out_channels % g.groups == 0,
               "geometry: channels (%lld in, %lld out) must be divisible by %lld groups", static_cast<long long>(g.in_channels),
               static_cast<long long>(g.out_channels), static_cast<long long>(g.groups));
  check_axis(args, "height", g.in_height, g.out_height, g.kernel_height, g.stride_height, g.dilation_height, g.pad_top, g.pad_bottom);
  check_axis(args, "width", g.in_width, g.out_width, g.kernel_width, g.stride_width, g.dilation_width, g.pad_left, g.pad_right);
  check_elements(args, "input", {g.batch, g.in_height, g.in_width, g.in_channels});
  check_elements(args, "output", {g.batch, g.out_height, g.out_width, g.out_channels});
  check_elements(args, "filter", {g.kernel_height, g.kernel_width, g.group_in(), g.out_channels});
  return g;
}

}  // namespace onebit
