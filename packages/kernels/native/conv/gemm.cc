#include "gemm.h"

#include <algorithm>
#include <cstring>

#include "scratch.h"
#include "thread_pool.h"

namespace onebit {
namespace {

constexpr int64_t kMaxBlockRows = 288;
// Floats of B in a block: 576 KiB of the 2 MiB of second-level cache, chosen by measuring ResNet-18 layers. A tile of A stays in the first level while
// the slivers of B stream past it.
constexpr int64_t kBlockB = 576 * 256;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Cuts [0, size) into `count` pieces whose lengths differ by at most one unit of `unit`.
struct Cut {
  int64_t size, count, unit;
  int64_t begin(int64_t i) const {
    if (i == 0) return 0;  // the ends need no division: a division takes as long as a row of a small tile
    return i == count ? size : std::min(size, ceil_div(size, unit) * i / count * unit);
  }
  int64_t end(int64_t i) const { return begin(i + 1); }
};

Cut cut(int64_t size, int64_t longest, int64_t unit = 1) { return {size, std::max<int64_t>(1, ceil_div(size, longest)), unit}; }

/// The slivers of all groups in a row: group after group, each `per_group` slivers.
struct Slivers {
  int64_t width;  // floats per vector
  int64_t columns, groups;

  explicit Slivers(const GemmProblem& problem, const GemmKernels& kernels)
      : width(kernels.width), columns(problem.columns), groups(problem.groups) {}
  int64_t size() const { return 2 * width; }
  int64_t per_group() const { return ceil_div(columns, size()); }
  int64_t count() const { return groups * per_group(); }
  /// Columns of a group with the padding of the last sliver.
  int64_t padded() const { return ceil_div(columns, width) * width; }
  int64_t column(int64_t sliver) const { return sliver % per_group() * size(); }
  /// Floats, per element of the depth, of the slivers before this one.
  int64_t offset(int64_t sliver) const { return sliver / per_group() * padded() + column(sliver); }
};

struct Grid {
  Cut rows, slivers;
};

/// How C is split into tasks: enough for all threads, with the least copying. Copying costs about 1.5 cycles per vector of A for columns / 2
/// cycles of arithmetic, and about 3 cycles per vector of B for rows / 2.
Grid choose_grid(const GemmProblem& problem, const Slivers& slivers, int64_t block_depth) {
  const int threads = thread_count();
  const int64_t wanted = threads == 1 ? 1 : std::max<int64_t>(1, 2 * threads / problem.parts);
  // Slivers of one group, or whole groups.
  const bool grouped = problem.groups > 1;
  const int64_t slivers_unit = grouped ? slivers.per_group() : 1;
  const int64_t most = grouped ? problem.task_groups : std::max<int64_t>(1, kBlockB / (block_depth * slivers.size()));
  const int64_t pieces = slivers.count() / slivers_unit, fewest = ceil_div(pieces, most);
  const int64_t unit = std::max<int64_t>(1, problem.line);
  Grid best{{problem.rows, 1, unit}, {slivers.count(), fewest, slivers_unit}};
  double best_cost = 1e30;
  for (int64_t n = fewest; n <= std::min(pieces, std::max(fewest, wanted)); n++) {
    // Small products are not worth handing out: at least 64 rows to a task.
    const int64_t longest = std::max<int64_t>(1, std::min(problem.rows / 64, problem.rows / unit));
    const int64_t m = std::clamp<int64_t>(ceil_div(wanted, n), 1, longest);
    const double height = static_cast<double>(problem.rows) / static_cast<double>(m);
    const double width = static_cast<double>(slivers.groups * slivers.columns) / static_cast<double>(n);
    const double idle = static_cast<double>(wanted) / static_cast<double>(std::min(wanted, n * m)) - 1;
    const double cost = 3.0 / width + 6.0 / height + idle;
    if (cost < best_cost) {
      best_cost = cost;
      best = {{problem.rows, m, unit}, {slivers.count(), n, slivers_unit}};
    }
  }
  return best;
}

struct Task {
  int64_t row0, row1, sliver0, sliver1, p0, p1, part;
};

/// Slivers [sliver0, sliver1) of depth [p0, p1), one behind the other.
void pack_slivers(const GemmProblem& problem, const GemmKernels& kernels, const Slivers& slivers, int64_t sliver0, int64_t sliver1,
                  int64_t p0, int64_t p1, float* to) {
  for (int64_t s = sliver0; s < sliver1;) {
    const int64_t group = s / slivers.per_group(), column = slivers.column(s);
    const int64_t end = std::min(sliver1, (group + 1) * slivers.per_group());
    const int64_t count = std::min(slivers.columns - column, (end - s) * slivers.size());
    problem.pack_right(kernels, group, p0, p1, column, count, to + (slivers.offset(s) - slivers.offset(sliver0)) * (p1 - p0));
    s = end;
  }
}

/// All tiles of rows [row0, row0 + rows) of a task with one block of the depth.
struct BlockProduct {
  const GemmProblem& problem;
  const GemmKernels& kernels;
  const Slivers& slivers;
  const Task& task;
  const float* right;  // the first sliver of the task
  int64_t panel_depth, panel_row;  // depth of the slivers, and where the block begins in each
  bool first_block;
  const OutputTransform* transform;  // of the last block
  int64_t first_column, column0;     // of the first group in C, and of the first sliver in its group
  const float* output;

  void rows(const LeftView& view, int64_t row0, int64_t count) const {
    float* c[kMaxBlockRows];
    for (int64_t i = 0; i < count; i++) {
      c[i] = i > 0 && problem.c_stride > 0 ? c[i - 1] + problem.c_stride : problem.c_row(row0 + i, task.part);
    }
    const Cut tiles = cut(count, kernels.max_rows);
    for (int64_t t = 0; t < tiles.count; t++) {
      const int64_t begin = tiles.begin(t);
      LeftView left = view;
      left.data += begin * view.row_stride;
      tile_row(left, c + begin, kernels.tile[tiles.end(t) - begin - 1]);
    }
  }

  void tile_row(const LeftView& view, float* const* c, const Tile* tile) const {
    LeftView left = view;
    int64_t first = first_column, column = column0;  // of C, and within the group
    const float* b = right;
    for (int64_t s = task.sliver0; s < task.sliver1; s++) {
      const int64_t count = std::min(slivers.size(), slivers.columns - column);
      const int vectors = count > slivers.width ? 2 : 1;
      tile[vectors - 1](left, b + panel_row * vectors * slivers.width, {c, first + column, count, !first_block, transform, output});
      b += panel_depth * vectors * slivers.width;
      column += slivers.size();
      if (column < slivers.columns) continue;
      column = 0;
      first += slivers.columns;
      left.data += problem.left_group_stride;
    }
  }
};

void run_task(const GemmProblem& problem, const GemmKernels& kernels, const Slivers& slivers, const Task& task) {
  thread_local Scratch a_scratch, b_scratch;
  float* const buffer = a_scratch.get<float>(static_cast<size_t>(problem.buffer_floats));
  const int64_t group0 = task.sliver0 / slivers.per_group(), groups_end = ceil_div(task.sliver1, slivers.per_group());
  const Cut depths = cut(task.p1 - task.p0, problem.block_depth, problem.depth_unit);
  for (int64_t d = 0; d < depths.count; d++) {
    const int64_t p0 = task.p0 + depths.begin(d), p1 = task.p0 + depths.end(d);
    const LeftReader left = problem.left({kernels, p0, p1, group0, groups_end, buffer});
    BlockProduct product{problem, kernels, slivers, task, nullptr, p1 - p0, 0, d == 0, d == depths.count - 1 ? problem.transform : nullptr,
                         problem.first_column + group0 * slivers.columns, slivers.column(task.sliver0), problem.c_row(0, 0)};
    if (problem.prepared != nullptr) {
      product.right = problem.prepared + slivers.offset(task.sliver0) * problem.depth;
      product.panel_depth = problem.depth;
      product.panel_row = p0;
    } else {
      float* const copy = b_scratch.get<float>(static_cast<size_t>((p1 - p0) * (task.sliver1 - task.sliver0) * slivers.size()));
      pack_slivers(problem, kernels, slivers, task.sliver0, task.sliver1, p0, p1, copy);
      product.right = copy;
    }
    for (int64_t row = task.row0; row < task.row1;) {
      const int64_t line_end = problem.line == 0 ? task.row1 : std::min(task.row1, (row / problem.line + 1) * problem.line);
      const Cut blocks = cut(line_end - row, problem.block_rows);
      for (int64_t i = 0; i < blocks.count; i++) {
        const int64_t begin = row + blocks.begin(i), count = row + blocks.end(i) - begin;
        product.rows(left(begin, count), begin, count);
      }
      row = line_end;
    }
  }
}

}  // namespace

void run_gemm(const GemmProblem& problem) {
  if (problem.rows <= 0 || problem.columns <= 0) return;
  const GemmKernels& kernels = gemm_kernels();
  const Slivers slivers(problem, kernels);
  const Grid grid = choose_grid(problem, slivers, std::min(std::max<int64_t>(problem.depth, 1), problem.block_depth));
  const Cut parts{problem.depth, problem.parts, problem.depth_unit};
  const int64_t tasks = grid.rows.count * grid.slivers.count;
  parallel_for(tasks * problem.parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; t++) {
      const int64_t part = t / tasks, row = t % tasks / grid.slivers.count, sliver = t % grid.slivers.count;
      run_task(problem, kernels, slivers,
               {grid.rows.begin(row), grid.rows.end(row), grid.slivers.begin(sliver), grid.slivers.end(sliver), parts.begin(part),
                parts.end(part), part});
    }
  });
}

int64_t prepared_right_size(const GemmProblem& problem) {
  const Slivers slivers(problem, gemm_kernels());
  return problem.depth * slivers.groups * slivers.padded();
}

void prepare_right(const GemmProblem& problem, float* to) {
  const GemmKernels& kernels = gemm_kernels();
  const Slivers slivers(problem, kernels);
  pack_slivers(problem, kernels, slivers, 0, slivers.count(), 0, problem.depth, to);
}

}  // namespace onebit
