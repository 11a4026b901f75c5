#include "pixels.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

namespace onebit {
namespace {

// A strip stays in the 48 KiB of first-level cache beside a sliver of B in passing; with groups each of its floats is used once, from the second level.
constexpr int64_t kStripFloats = 10240, kGroupedStripFloats = 32768;
constexpr int64_t kStripDepth = 2 * kAColumns;
// Narrower lines waste registers: tiles across lines, which must copy every window, are faster.
constexpr int64_t kShortestLine = 10;
constexpr int64_t kTileRows = 14;

/// The box around all runs, in pixels.
struct Extent {
  int64_t column0 = 0, column1 = 0;
  std::vector<int64_t> rows;  // the distinct ones, in the order of the runs

  explicit Extent(const PixelSource& s) {
    for (int j = 0; j < s.run_count; j++) {
      const PixelRun& run = s.runs[j];
      column0 = j == 0 ? run.column : std::min(column0, run.column);
      column1 = j == 0 ? run.column + run.length : std::max(column1, run.column + run.length);
      if (rows.empty() || rows.back() != run.row) rows.push_back(run.row);
    }
  }
};

class PixelReader {
 public:
  PixelReader(const PixelSource& s, const PixelPlan& plan, const LeftBlock& block)
      : source_(s), plan_(plan), block_(block), window_(s, block.p0, block.p1), extent_(s) {
    copied_ = {0, block.p1 - block.p0};
    if (!plan.strips) return;
    int piece = 0;
    int64_t at = 0, line = 0;
    for (int j = 0; j < s.run_count; j++) {
      const PixelRun& run = s.runs[j];
      if (run.row != extent_.rows[static_cast<size_t>(line)]) line++;
      const int64_t size = run.length * s.channels;
      const int64_t begin = std::max<int64_t>(block.p0 - at, 0), end = std::min(block.p1 - at, size);
      at += size;
      if (begin >= end) continue;
      strip_[piece++] = {(line * plan.strip_width + run.column - extent_.column0) * plan.strip_channels + begin, end - begin};
    }
  }

  LeftView read(int64_t row, int64_t count) const {
    const PixelSource& s = source_;
    if (plan_.lines) {
      const int64_t y = row / s.out_width % s.out_height * s.step_height, x = row % s.out_width * s.step_width;
      const float* image = s.data + row / (s.out_width * s.out_height) * s.height * s.width * s.pixel_stride + block_.group0 * s.channels;
      if (plan_.direct && window_.contains(y, x) && window_.contains(y, x + (count - 1) * s.step_width)) {
        return {image + (y * s.width + x) * s.pixel_stride, s.step_width * s.pixel_stride, 1, window_.pieces, window_.count};
      }
      if (plan_.strips) {
        copy_strip(image, y, x, (count - 1) * s.step_width + extent_.column1 - extent_.column0);
        return {block_.buffer, s.step_width * plan_.strip_channels, 1, strip_, window_.count};
      }
    }
    block_.kernels.gather(s, row, count, block_.p0, block_.p1, block_.buffer);
    return {block_.buffer, kAStride, 1, &copied_, 1};
  }

 private:
  /// `width` pixels of all lines that windows with the origin (y, x) and to the right of it read.
  void copy_strip(const float* image, int64_t y, int64_t x, int64_t width) const {
    const int64_t channels = (block_.group1 - block_.group0) * source_.channels;
    float* to = block_.buffer;
    for (const int64_t row : extent_.rows) {
      copy_line(source_, image, {y + row, x + extent_.column0, width, channels, plan_.strip_channels}, to);
      to += plan_.strip_width * plan_.strip_channels;
    }
  }

  const PixelSource& source_;
  const PixelPlan& plan_;
  LeftBlock block_;
  PixelWindow window_;
  Extent extent_;
  Segment strip_[PixelWindow::kMaxPieces];
  Segment copied_;
};

}  // namespace

PixelSource forward_source(const Conv2dGeometry& g, const float* x, int64_t group, const std::vector<PixelRun>& runs) {
  return {x + group * g.group_in(), g.in_height,   g.in_width,   g.in_channels, g.group_in(),
          g.stride_height,          g.stride_width, g.out_height, g.out_width,   runs.data(),
          static_cast<int>(runs.size())};
}

int64_t task_groups(int64_t channels, int64_t groups) { return std::clamp<int64_t>(128 / channels, 1, groups); }

void copy_line(const PixelSource& s, const float* image, const LinePart& part, float* to) {
  const bool inside = part.row >= 0 && part.row < s.height;
  const int64_t low = std::clamp<int64_t>(-part.column, 0, part.width), high = std::clamp<int64_t>(s.width - part.column, low, part.width);
  const int64_t begin = inside ? low : part.width, end = inside ? high : part.width;
  const auto bytes = [](int64_t floats) { return static_cast<size_t>(floats) * sizeof(float); };
  std::memset(to, 0, bytes(begin * part.stride));
  const float* from = image + (part.row * s.width + part.column + begin) * s.pixel_stride;
  if (part.channels == s.pixel_stride && part.channels == part.stride) {
    if (begin < end) std::memcpy(to + begin * part.stride, from, bytes((end - begin) * part.channels));
  } else {
    for (int64_t i = begin; i < end; i++, from += s.pixel_stride) std::memcpy(to + i * part.stride, from, bytes(part.channels));
  }
  std::memset(to + end * part.stride, 0, bytes((part.width - end) * part.stride));
}

PixelWindow::PixelWindow(const PixelSource& s, int64_t k0, int64_t k1) {
  if (s.run_count > kMaxPieces) return;  // no origin counts as inside
  int64_t at = 0;
  high_y = s.height;
  high_x = s.width;
  for (int j = 0; j < s.run_count; j++) {
    const PixelRun& run = s.runs[j];
    const int64_t size = run.length * s.channels;
    const int64_t begin = std::max<int64_t>(k0 - at, 0), end = std::min(k1 - at, size);
    at += size;
    if (begin >= end) continue;
    pieces[count++] = {(run.row * s.width + run.column) * s.pixel_stride + begin, end - begin};
    low_y = std::max(low_y, -run.row);
    high_y = std::min(high_y, s.height - 1 - run.row);
    low_x = std::max(low_x, -run.column);
    high_x = std::min(high_x, s.width - run.column - run.length);
  }
}

PixelPlan plan_pixels(const PixelSource& s, int64_t groups) {
  PixelPlan plan;
  const bool grouped = groups > 1;
  const int64_t channels = task_groups(s.channels, groups) * s.channels;
  const auto conflict = [&](int64_t pixel) { return s.step_width * pixel % 1024 == 0; };  // all rows of a tile in one set of the cache
  plan.direct = !conflict(s.pixel_stride);
  plan.lines = grouped || (plan.direct && s.out_width >= kShortestLine);
  int64_t depth = 0;
  for (int j = 0; j < s.run_count; j++) depth += s.runs[j].length * s.channels;
  const Extent extent(s);
  plan.strip_channels = conflict(channels) ? channels + 16 : channels;
  plan.strip_width = (std::min(kTileRows, s.out_width) - 1) * s.step_width + extent.column1 - extent.column0;
  plan.strip_floats = static_cast<int64_t>(extent.rows.size()) * plan.strip_width * plan.strip_channels;
  plan.strips = plan.lines && depth <= kStripDepth && s.run_count <= PixelWindow::kMaxPieces &&
                plan.strip_floats <= (grouped ? kGroupedStripFloats : kStripFloats);
  return plan;
}

void apply_plan(const PixelPlan& plan, const PixelSource& source, int64_t groups, GemmProblem& problem) {
  problem.groups = groups;
  problem.left_group_stride = source.channels;
  problem.task_groups = task_groups(source.channels, groups);
  if (plan.lines) problem.line = source.out_width;
  if (!plan.strips) return;
  problem.block_depth = kStripDepth;
  problem.buffer_floats = std::max(problem.buffer_floats, plan.strip_floats);
}

LeftReader read_pixels(const PixelSource& source, const PixelPlan& plan, const LeftBlock& block) {
  const auto reader = std::make_shared<const PixelReader>(source, plan, block);
  return [reader](int64_t row, int64_t count) { return reader->read(row, count); };
}

}  // namespace onebit
