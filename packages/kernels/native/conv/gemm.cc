#include "gemm.h"

#include <algorithm>
#include <cstring>

#include "scratch.h"
#include "thread_pool.h"

namespace onebit {
namespace {

// Block sizes, chosen by measuring ResNet-18 layers on a core with 48 KiB of first-level and 2 MiB of second-level cache. A tile of A (14 x 576
// floats) stays in the first level while the slivers of B stream past it from the second.
constexpr int64_t kDepth = kAColumns;      // depth of a block, A stored by rows
constexpr int64_t kRows = 28;              // rows of a block: two tiles
constexpr int64_t kDepthTransposed = 256;  // the same for A stored by depth
constexpr int64_t kRowsTransposed = 288;
constexpr int64_t kMaxColumns = 256;  // columns of a task

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Cuts [0, size) into `count` pieces whose lengths differ by at most one unit of `unit`.
struct Cut {
  int64_t size, count, unit;
  int64_t begin(int64_t i) const { return std::min(size, ceil_div(size, unit) * i / count * unit); }
  int64_t end(int64_t i) const { return begin(i + 1); }
};

Cut cut(int64_t size, int64_t longest, int64_t unit = 1) { return {size, std::max<int64_t>(1, ceil_div(size, longest)), unit}; }

struct Grid {
  Cut rows, columns;
};

/// How C is split into tasks: enough for all threads, with the least copying. Copying costs about 1.5 cycles per vector of A for columns / 2
/// cycles of arithmetic, and about 3 cycles per vector of B for rows / 2.
Grid choose_grid(const GemmProblem& problem, int64_t sliver) {
  const int threads = thread_count();
  const int64_t wanted = threads == 1 ? 1 : std::max<int64_t>(1, 2 * threads / problem.parts);
  const int64_t slivers = ceil_div(problem.columns, sliver);
  const int64_t fewest = ceil_div(problem.columns, kMaxColumns);
  Grid best{cut(problem.rows, problem.rows), {problem.columns, fewest, sliver}};
  double best_cost = 1e30;
  for (int64_t n = fewest; n <= std::min(slivers, std::max(fewest, wanted)); n++) {
    // Small products are not worth handing out: at least 64 rows to a task.
    const int64_t m = std::clamp<int64_t>(ceil_div(wanted, n), 1, std::max<int64_t>(1, problem.rows / 64));
    const double height = static_cast<double>(problem.rows) / static_cast<double>(m);
    const double width = static_cast<double>(problem.columns) / static_cast<double>(n);
    const double idle = static_cast<double>(wanted) / static_cast<double>(std::min(wanted, n * m)) - 1;
    const double cost = 3.0 / width + 6.0 / height + idle;
    if (cost < best_cost) {
      best_cost = cost;
      best = {{problem.rows, m, 1}, {problem.columns, n, sliver}};
    }
  }
  return best;
}

struct Block {
  int64_t row0, row1, column0, column1, p0, p1, part;
};

/// All tiles of rows [row0, row0 + rows) (packed at `a`) with the packed slivers at `b`.
void multiply(const GemmProblem& problem, const GemmKernels& kernels, const Block& block, int64_t row0, int64_t rows, int64_t depth,
              const float* a, const float* b, bool accumulate) {
  const int64_t sliver = 2 * kernels.width;
  float* c[kRowsTransposed];
  for (int64_t i = 0; i < rows; i++) c[i] = problem.c_row(row0 + i, block.part);
  const Cut tiles = cut(rows, kernels.max_rows);
  const auto& table = kernels.tile[problem.transposed_a];
  for (int64_t t = 0; t < tiles.count; t++) {
    const int64_t first = tiles.begin(t);
    const Tile* const tile = table[tiles.end(t) - first - 1];
    const float* left = a + first * (problem.transposed_a ? 1 : kAStride);
    const float* right = b;
    for (int64_t column = block.column0; column < block.column1; column += sliver) {
      const int64_t count = std::min(sliver, block.column1 - column);
      const int vectors = count > kernels.width ? 2 : 1;
      tile[vectors - 1](depth, left, right, c + first, column, count, accumulate);
      right += depth * vectors * kernels.width;
    }
  }
}

void run_block(const GemmProblem& problem, const GemmKernels& kernels, const Block& block) {
  thread_local Scratch a_scratch, b_scratch;
  const int64_t sliver = 2 * kernels.width;
  const Cut depths = cut(block.p1 - block.p0, problem.transposed_a ? kDepthTransposed : kDepth);
  const Cut rows = cut(block.row1 - block.row0, problem.transposed_a ? kRowsTransposed : kRows);
  float* const a = a_scratch.get<float>(static_cast<size_t>((problem.transposed_a ? kDepthTransposed : kRows) * kAStride));
  float* const b = b_scratch.get<float>(static_cast<size_t>(kDepth * (kMaxColumns + sliver)));
  for (int64_t d = 0; d < depths.count; d++) {
    const int64_t p0 = block.p0 + depths.begin(d);
    const int64_t p1 = block.p0 + depths.end(d);
    problem.pack_b(kernels, p0, p1, block.column0, block.column1 - block.column0, b);
    for (int64_t i = 0; i < rows.count; i++) {
      const int64_t row0 = block.row0 + rows.begin(i);
      const int64_t row1 = block.row0 + rows.end(i);
      problem.pack_a(kernels, row0, row1, p0, p1, a);
      multiply(problem, kernels, block, row0, row1 - row0, p1 - p0, a, b, d > 0);
    }
  }
}

}  // namespace

void run_gemm(const GemmProblem& problem) {
  if (problem.rows <= 0 || problem.columns <= 0) return;
  const GemmKernels& kernels = gemm_kernels();
  if (problem.depth <= 0) {
    for (int64_t part = 0; part < problem.parts; part++) {
      for (int64_t row = 0; row < problem.rows; row++) {
        std::memset(problem.c_row(row, part), 0, static_cast<size_t>(problem.columns) * sizeof(float));
      }
    }
    return;
  }
  const Grid grid = choose_grid(problem, 2 * kernels.width);
  const Cut parts{problem.depth, problem.parts, 1};
  const int64_t tasks = grid.rows.count * grid.columns.count;
  parallel_for(tasks * problem.parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; t++) {
      const int64_t part = t / tasks, row = t % tasks / grid.columns.count, column = t % grid.columns.count;
      run_block(problem, kernels,
                {grid.rows.begin(row), grid.rows.end(row), grid.columns.begin(column), grid.columns.end(column), parts.begin(part),
                 parts.end(part), part});
    }
  });
}

}  // namespace onebit
