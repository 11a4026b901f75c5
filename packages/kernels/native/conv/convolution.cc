#include <algorithm>
#include <vector>

#include "conv.h"
#include "gemm.h"
#include "depthwise.h"
#include "pixels.h"
#include "taps.h"

namespace onebit {
namespace {

/// y[pixel, o] = sum over (kh, kw, c) of x * filter: rows are output pixels, the filter is B as it lies.
class Forward final : public GemmProblem {
 public:
  Forward(const Conv2dGeometry& g, const float* x, const ConvFilter& filter, const OutputTransform* finish, float* y, Groups part)
      : runs_(join_taps(forward_taps(g), g.groups == 1)),
        source_(forward_source(g, x, part.first, runs_)),
        plan_(plan_pixels(source_, part.count)),
        filter_(filter.values),
        y_(y),
        stride_(g.out_channels) {
    rows = g.batch * g.out_height * g.out_width;
    columns = g.group_out();
    depth = g.kernel_height * g.kernel_width * g.group_in();
    apply_plan(plan_, source_, part.count, *this);
    first_column = part.first * columns;
    c_stride = stride_;
    transform = finish;
    if (filter.prepared != nullptr) prepared = filter.prepared + part.first * prepared_right_size(*this) / part.count;
  }

  /// Whether several groups can be one problem.
  bool joins_groups() const { return plan_.strips; }
  LeftReader left(const LeftBlock& block) const override { return read_pixels(source_, plan_, block); }
  void pack_right(const GemmKernels& kernels, int64_t group, int64_t p0, int64_t p1, int64_t column, int64_t count,
                  float* to) const override {
    kernels.pack_rows(filter_ + p0 * stride_ + first_column + group * columns + column, stride_, p1 - p0, count, {to, p1 - p0, 0});
  }
  float* c_row(int64_t row, int64_t) const override { return y_ + row * stride_; }

 private:
  std::vector<PixelRun> runs_;
  PixelSource source_;
  PixelPlan plan_;
  const float* filter_;
  float* y_;
  int64_t stride_;
};

/// dx[pixel, c] = sum over (kh, kw, o) of dy * filter, for the input pixels of one phase.
class InputGradient final : public GemmProblem {
 public:
  InputGradient(const Conv2dGeometry& g, const float* dy, const float* filter, float* dx, Groups part, int64_t row, int64_t column)
      : g_(g),
        taps_(phase_taps(g, row, column)),
        runs_(join_taps(taps_, g.groups == 1)),
        height_((g.in_height - row + g.stride_height - 1) / g.stride_height),
        width_((g.in_width - column + g.stride_width - 1) / g.stride_width),
        source_{dy + part.first * g.group_out(), g.out_height, g.out_width, g.out_channels, g.group_out(), 1, 1,
                height_,                         width_,       runs_.data(), static_cast<int>(runs_.size())},
        plan_(plan_pixels(source_, part.count)),
        filter_(filter + part.first * g.group_out()),
        dx_(dx + (row * g.in_width + column) * g.in_channels + part.first * g.group_in()) {
    rows = g.batch * height_ * width_;
    columns = g.group_in();
    depth = static_cast<int64_t>(taps_.size()) * g.group_out();
    apply_plan(plan_, source_, part.count, *this);
    if (plan_.lines || g.stride_height * g.stride_width == 1) c_stride = g.stride_width * g.in_channels;
  }

  bool joins_groups() const { return plan_.strips; }
  LeftReader left(const LeftBlock& block) const override { return read_pixels(source_, plan_, block); }
  void pack_right(const GemmKernels& kernels, int64_t group, int64_t p0, int64_t p1, int64_t column, int64_t count,
                  float* to) const override {
    const int64_t channels = g_.group_out();
    Panel panel{to, p1 - p0, 0};
    while (p0 < p1) {  // one tap at a time: there the filter is [c, o]
      const int64_t o = p0 % channels;
      const int64_t length = std::min(channels - o, p1 - p0);
      const Tap& tap = taps_[static_cast<size_t>(p0 / channels)];
      const float* from = filter_ + (tap.kernel_offset * columns + column) * g_.out_channels + group * channels + o;
      kernels.pack_transposed(from, g_.out_channels, length, count, panel);
      panel.row += length;
      p0 += length;
    }
  }
  float* c_row(int64_t row, int64_t) const override {
    const int64_t r = row % width_, q = row / width_ % height_, n = row / (width_ * height_);
    return dx_ + ((n * g_.in_height + q * g_.stride_height) * g_.in_width + r * g_.stride_width) * g_.in_channels;
  }

 private:
  const Conv2dGeometry& g_;
  std::vector<Tap> taps_;
  std::vector<PixelRun> runs_;
  int64_t height_, width_;
  PixelSource source_;
  PixelPlan plan_;
  const float* filter_;
  float* dx_;
};

/// All groups as one problem where that is possible, else one after the other. `problem` makes that of some groups.
template <typename MakeProblem>
void run_groups(int64_t groups, const MakeProblem& problem) {
  const auto all = problem(Groups{0, groups});
  if (groups == 1 || all.joins_groups()) {
    run_gemm(all);
    return;
  }
  for (int64_t group = 0; group < groups; group++) run_gemm(problem(Groups{group, 1}));
}

/// A 1 x 1 convolution without stride and padding has no notion of place: all pixels become one line.
Conv2dGeometry flattened(const Conv2dGeometry& g) {
  if (g.kernel_height * g.kernel_width != 1 || g.stride_height * g.stride_width != 1 || g.pad_top + g.pad_bottom + g.pad_left + g.pad_right != 0) return g;
  Conv2dGeometry flat = g;
  flat.batch = flat.in_height = flat.out_height = 1;
  flat.in_width = flat.out_width = g.batch * g.in_height * g.in_width;
  return flat;
}

}  // namespace

void conv2d_forward(const Conv2dGeometry& geometry, const float* x, const ConvFilter& filter, const OutputTransform* transform, float* y) {
  if (is_depthwise(geometry)) return depthwise_forward(geometry, x, filter.values != nullptr ? filter.values : filter.prepared, transform, y);
  const Conv2dGeometry g = flattened(geometry);
  run_groups(g.groups, [&](Groups part) { return Forward(g, x, filter, transform, y, part); });
}

int64_t prepared_filter_size(const Conv2dGeometry& g) {
  if (is_depthwise(g)) return static_cast<int64_t>(g.filter_size());
  return prepared_right_size(Forward(g, nullptr, {nullptr, nullptr}, nullptr, nullptr, {0, g.groups}));
}

void prepare_filter(const Conv2dGeometry& g, const float* filter, float* to) {
  if (is_depthwise(g)) {
    std::copy_n(filter, g.filter_size(), to);
    return;
  }
  prepare_right(Forward(g, nullptr, {filter, nullptr}, nullptr, nullptr, {0, g.groups}), to);
}

void conv2d_input_gradient(const Conv2dGeometry& geometry, const float* dy, const float* filter, float* dx) {
  if (is_depthwise(geometry)) return depthwise_input_gradient(geometry, dy, filter, dx);
  const Conv2dGeometry g = flattened(geometry);
  for (int64_t row = 0; row < std::min(g.stride_height, g.in_height); row++) {
    for (int64_t column = 0; column < std::min(g.stride_width, g.in_width); column++) {
      run_groups(g.groups, [&](Groups part) { return InputGradient(g, dy, filter, dx, part, row, column); });
    }
  }
}

}  // namespace onebit
