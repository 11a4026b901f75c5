// Gradient of a convolution with respect to its filter: the matrix of the forward pass, read transposed.
#include <algorithm>
#include <memory>
#include <vector>

#include "conv.h"
#include "depthwise.h"
#include "gemm.h"
#include "pixels.h"
#include "scratch.h"
#include "taps.h"
#include "thread_pool.h"

namespace onebit {
namespace {

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// How the image lines under some lines of outputs are copied, with zeros around them: in the copy the values that a filter element meets are evenly
/// spaced along each line of outputs, so that each is copied once and not once for each tap.
struct LinePlan {
  bool used = false;
  int64_t lines = 0;   // lines of outputs in a block
  int64_t column0 = 0, row0 = 0;  // of the first pixel copied, from the origin of the first window
  int64_t extent = 0;  // image lines below one line of outputs
  int64_t width = 0;   // pixels of a copied line
  int64_t channels = 0, pixel_stride = 0;
  int64_t floats = 0;  // of the copy

  LinePlan(const Conv2dGeometry& g, int64_t groups) {
    column0 = -g.pad_left, row0 = -g.pad_top;
    extent = (g.kernel_height - 1) * g.dilation_height + 1;
    width = (g.out_width - 1) * g.stride_width + (g.kernel_width - 1) * g.dilation_width + 1;
    channels = task_groups(g.group_in(), groups) * g.group_in();
    // Pixels a multiple of four cache lines apart share few sets of the cache.
    pixel_stride = channels % 64 == 0 ? channels + 16 : channels;
    // A copy that stays in the second-level cache beside the block of dy; blocks of 576 outputs, shorter ones spend too much on adding up.
    constexpr int64_t kMostFloats = 1 << 16, kDepth = 576, kLeastDepth = 96;
    if (g.kernel_height * g.kernel_width == 1 || width > kMostFloats) return;
    const int64_t most_lines = kMostFloats / (width * pixel_stride);
    lines = std::max<int64_t>(1, kDepth / g.out_width);
    while (lines > 1 && image_lines(g) > most_lines) lines--;
    used = image_lines(g) <= most_lines && lines * g.out_width >= kLeastDepth;
    if (used) floats = image_lines(g) * width * pixel_stride;
  }

  /// At most so many under a block, which may lie in several images.
  int64_t image_lines(const Conv2dGeometry& g) const {
    const int64_t images = ceil_div(lines - 1, g.out_height) + 1;
    return lines * g.stride_height + images * std::max<int64_t>(0, extent - g.stride_height);
  }
};

/// The copy under one block.
class LineStrip {
 public:
  LineStrip(const PixelSource& s, const LinePlan& plan, const LeftBlock& block) : source_(s), plan_(plan), copy_(block.buffer) {
    const int64_t line_floats = plan.width * plan.pixel_stride, channels = (block.group1 - block.group0) * s.channels;
    float* to = block.buffer;
    for (int64_t line = block.p0 / s.out_width, end = block.p1 / s.out_width; line < end;) {
      const int64_t n = line / s.out_height, q = line % s.out_height, count = std::min(end - line, s.out_height - q);
      const float* image = s.data + n * s.height * s.width * s.pixel_stride + block.group0 * s.channels;
      for (int64_t i = 0; i < count; i++) lines_.push_back({to - copy_ + i * s.step_height * line_floats, s.out_width});
      for (int64_t i = 0; i < (count - 1) * s.step_height + plan.extent; i++, to += line_floats) {
        copy_line(s, image, {q * s.step_height + plan.row0 + i, plan.column0, plan.width, channels, plan.pixel_stride}, to);
      }
      line += count;
    }
  }

  /// Elements of the filter from `row` on, all of one run.
  LeftView read(int64_t row) const {
    const int64_t length = source_.runs[0].length * source_.channels;
    const PixelRun& run = source_.runs[row / length];
    const int64_t pixel = (run.row - plan_.row0) * plan_.width + run.column - plan_.column0;
    return {copy_ + pixel * plan_.pixel_stride + row % length, 1, source_.step_width * plan_.pixel_stride, lines_.data(),
            static_cast<int>(lines_.size())};
  }

 private:
  const PixelSource& source_;
  const LinePlan& plan_;
  const float* copy_;
  std::vector<Segment> lines_;
};

/// dfilter[(kh, kw, c), o] = sum over output pixels of x * dy.
class FilterGradient final : public GemmProblem {
 public:
  FilterGradient(const Conv2dGeometry& g, const float* x, const float* dy, Groups part)
      : plan_(g, part.count),
        runs_(join_taps(forward_taps(g), g.groups == 1 && (!plan_.used || plan_.pixel_stride == g.in_channels))),
        source_(forward_source(g, x, part.first, runs_)),
        dy_(dy + part.first * g.group_out()),
        stride_(g.out_channels) {
    rows = g.kernel_height * g.kernel_width * g.group_in();
    columns = g.group_out();
    depth = g.batch * g.out_height * g.out_width;
    groups = part.count;
    block_rows = 288;
    if (plan_.used) {
      task_groups = onebit::task_groups(source_.channels, groups);
      left_group_stride = source_.channels;
      line = runs_[0].length * source_.channels;
      depth_unit = g.out_width;
      block_depth = plan_.lines * g.out_width;
      buffer_floats = plan_.floats;
    } else {
      // Few elements of the depth, each with many rows: copied windows are read down their columns.
      block_depth = 256;
      buffer_floats = block_depth * kAStride;
    }
    constexpr int64_t kPartDepth = 2048, kMaxParts = 8, kMaxSize = 1 << 20;  // at most 4 MiB of partial sums
    parts = std::clamp<int64_t>(std::min(depth / kPartDepth, kMaxSize / size()), 1, kMaxParts);
    while ((parts & (parts - 1)) != 0) parts &= parts - 1;  // a power of two: three parts would keep two threads as long as four
  }

  bool joins_groups() const { return plan_.used; }
  /// Elements of the gradient of all groups of the problem.
  int64_t size() const { return rows * columns * groups; }

  void set_output(float* base, int64_t row_stride, int64_t part_stride) {
    base_ = base;
    c_stride = row_stride;
    part_stride_ = part_stride;
  }

  LeftReader left(const LeftBlock& block) const override {
    if (plan_.used) {
      const auto strip = std::make_shared<const LineStrip>(source_, plan_, block);
      return [strip](int64_t row0, int64_t) { return strip->read(row0); };
    }
    return [this, block, pixels = Segment{0, block.p1 - block.p0}](int64_t row0, int64_t count) -> LeftView {
      block.kernels.gather(source_, block.p0, pixels.length, row0, row0 + count, block.buffer);
      return {block.buffer, 1, kAStride, &pixels, 1};
    };
  }
  void pack_right(const GemmKernels& kernels, int64_t group, int64_t p0, int64_t p1, int64_t column, int64_t count,
                  float* to) const override {
    kernels.pack_rows(dy_ + p0 * stride_ + group * columns + column, stride_, p1 - p0, count, {to, p1 - p0, 0});
  }
  float* c_row(int64_t row, int64_t part) const override { return base_ + row * c_stride + part * part_stride_; }

 private:
  LinePlan plan_;
  std::vector<PixelRun> runs_;
  PixelSource source_;
  const float* dy_;
  int64_t stride_;
  float* base_ = nullptr;
  int64_t part_stride_ = 0;
};

/// out[row * stride + j] = sum over the parts of partial[part][row][j].
void add_parts(const float* partial, const FilterGradient& problem, float* out, int64_t stride) {
  const int64_t columns = problem.columns * problem.groups, size = problem.size(), parts = problem.parts;
  parallel_for(problem.rows, std::max<int64_t>(1, 4096 / columns), [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      float* to = out + row * stride;
      for (int64_t j = 0; j < columns; j++) {
        float sum = partial[row * columns + j];
        for (int64_t part = 1; part < parts; part++) sum += partial[part * size + row * columns + j];
        to[j] = sum;
      }
    }
  });
}

void run(FilterGradient& problem, float* out, int64_t stride) {
  if (problem.parts == 1) {
    problem.set_output(out, stride, 0);
    run_gemm(problem);
    return;
  }
  thread_local Scratch scratch;
  float* const partial = scratch.get<float>(static_cast<size_t>(problem.size() * problem.parts));
  problem.set_output(partial, problem.columns * problem.groups, problem.size());
  run_gemm(problem);
  add_parts(partial, problem, out, stride);
}

}  // namespace

void conv2d_filter_gradient(const Conv2dGeometry& g, const float* x, const float* dy, float* dfilter) {
  if (is_depthwise(g)) return depthwise_filter_gradient(g, x, dy, dfilter);
  FilterGradient all(g, x, dy, {0, g.groups});
  if (g.groups == 1 || all.joins_groups()) return run(all, dfilter, g.out_channels);
  for (int64_t group = 0; group < g.groups; group++) {
    FilterGradient one(g, x, dy, {group, 1});
    run(one, dfilter + group * g.group_out(), g.out_channels);
  }
}

}  // namespace onebit
