// Bilinear resize and its adjoint.
#include <algorithm>
#include <cmath>

#include "vector/common.h"
#include "vector/register.h"

namespace onebit {
namespace {

enum Mode { kHalfPixel, kAlignCorners, kAsymmetric };
const char* const kModes[] = {"half-pixel", "align-corners", "asymmetric"};
constexpr int64_t kMaxSize = int64_t{1} << 24;

struct Geometry {
  int64_t batch, in_height, in_width, channels, out_height, out_width;
  int mode;
};

Geometry geometry(const Args& args) {
  Geometry g;
  g.batch = args.property(0, "batch", 0, kMaxSize);
  g.in_height = args.property(0, "inHeight", 1, kMaxSize);
  g.in_width = args.property(0, "inWidth", 1, kMaxSize);
  g.channels = args.property(0, "channels", 0, kMaxSize);
  g.out_height = args.property(0, "outHeight", 1, kMaxSize);
  g.out_width = args.property(0, "outWidth", 1, kMaxSize);
  g.mode = name_index(args, "mode", args.text(1, "mode"), kModes);
  return g;
}

size_t volume(const Args& args, int64_t batch, int64_t height, int64_t width, int64_t channels) {
  int64_t size = batch;
  for (const int64_t factor : {height, width, channels}) {
    args.require(!__builtin_mul_overflow(size, factor, &size), "the geometry must describe at most 2^63 elements");
  }
  return static_cast<size_t>(size);
}

std::vector<AxisSample> axis_samples(int64_t in, int64_t out, int mode) {
  std::vector<AxisSample> samples(static_cast<size_t>(out));
  const double ratio = static_cast<double>(in) / static_cast<double>(out);
  for (int64_t i = 0; i < out; i++) {
    const double index = static_cast<double>(i);
    double position = index * ratio;
    if (mode == kHalfPixel) position = (index + 0.5) * ratio - 0.5;
    if (mode == kAlignCorners) position = out > 1 ? index * (static_cast<double>(in - 1) / static_cast<double>(out - 1)) : 0;
    position = std::clamp(position, 0.0, static_cast<double>(in - 1));
    const double low = std::floor(position);
    const auto cell = static_cast<int32_t>(low);
    samples[static_cast<size_t>(i)] = {cell, std::min(cell + 1, static_cast<int32_t>(in - 1)), static_cast<float>(position - low)};
  }
  return samples;
}

napi_value resize_bilinear(Args& args) {
  const Geometry g = geometry(args);
  const Span<float> x = args.floats(2, "x", volume(args, g.batch, g.in_height, g.in_width, g.channels));
  const Span<float> y = args.floats(3, "y", volume(args, g.batch, g.out_height, g.out_width, g.channels));
  args.require(y.size == 0 || y.data != x.data, "y must not be x");
  const std::vector<AxisSample> rows = axis_samples(g.in_height, g.out_height, g.mode), columns = axis_samples(g.in_width, g.out_width, g.mode);
  const int64_t in_row = g.in_width * g.channels, out_row = g.out_width * g.channels;
  const VectorSet& set = vector_set();
  parallel_for(g.batch * g.out_height, row_grain(out_row), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const AxisSample& row = rows[static_cast<size_t>(i % g.out_height)];
      const float* image = x.data + i / g.out_height * g.in_height * in_row;
      set.resize_row(image + row.low * in_row, image + row.high * in_row, row.weight, columns.data(), g.out_width, g.channels, y.data + i * out_row);
    }
  });
  return nullptr;
}

/// The output rows that sample an input row, with their weights.
struct Contributions {
  std::vector<int64_t> start;  // per input row; one more at the end
  std::vector<std::pair<int64_t, float>> rows;
};

Contributions contributions_of(const std::vector<AxisSample>& samples, int64_t in) {
  Contributions result;
  result.start.assign(static_cast<size_t>(in) + 1, 0);
  for (const AxisSample& s : samples) {
    result.start[static_cast<size_t>(s.low) + 1]++;
    result.start[static_cast<size_t>(s.high) + 1]++;
  }
  for (size_t k = 1; k < result.start.size(); k++) result.start[k] += result.start[k - 1];
  result.rows.resize(samples.size() * 2);
  std::vector<int64_t> next(result.start.begin(), result.start.end() - 1);
  for (size_t o = 0; o < samples.size(); o++) {
    const AxisSample& s = samples[o];
    result.rows[static_cast<size_t>(next[static_cast<size_t>(s.low)]++)] = {static_cast<int64_t>(o), 1.f - s.weight};
    result.rows[static_cast<size_t>(next[static_cast<size_t>(s.high)]++)] = {static_cast<int64_t>(o), s.weight};
  }
  return result;
}

napi_value resize_bilinear_gradient(Args& args) {
  const Geometry g = geometry(args);
  const Span<float> dy = args.floats(2, "dy", volume(args, g.batch, g.out_height, g.out_width, g.channels));
  const Span<float> dx = args.floats(3, "dx", volume(args, g.batch, g.in_height, g.in_width, g.channels));
  args.require(dx.size == 0 || dy.data != dx.data, "dx must not be dy");
  const Contributions rows = contributions_of(axis_samples(g.in_height, g.out_height, g.mode), g.in_height);
  const std::vector<AxisSample> columns = axis_samples(g.in_width, g.out_width, g.mode);
  const int64_t in_row = g.in_width * g.channels, out_row = g.out_width * g.channels;
  const VectorSet& set = vector_set();
  // An input row belongs to one thread, which gathers from the output rows that sampled it.
  parallel_for(g.batch * g.in_height, row_grain(std::max(in_row, 2 * g.out_height * out_row / g.in_height)), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      float* target = dx.data + i * in_row;
      std::fill(target, target + in_row, 0.f);
      const float* image = dy.data + i / g.in_height * g.out_height * out_row;
      const auto row = static_cast<size_t>(i % g.in_height);
      for (int64_t k = rows.start[row]; k < rows.start[row + 1]; k++) {
        const auto& [o, weight] = rows.rows[static_cast<size_t>(k)];
        if (weight == 0.f) continue;  // the second cell of an exact position
        set.resize_row_gradient(image + o * out_row, weight, columns.data(), g.out_width, g.channels, target);
      }
    }
  });
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {
    {"resizeBilinear", resize_bilinear},
    {"resizeBilinearGradient", resize_bilinear_gradient},
};

}  // namespace

void register_resize(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
