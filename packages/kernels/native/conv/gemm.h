#pragma once
// Blocked matrix product C = A B over operands that are described, not stored: A is read where it lies or copied tile by tile, B is copied block by
// block into a cache-sized buffer, or once and for all (PreparedRight).

#include <cstdint>
#include <functional>

#include "gemm_kernels.h"

namespace onebit {

/// Gives rows [row0, row0 + count) of the block of A it was made for; valid until the next call.
using LeftReader = std::function<LeftView(int64_t row0, int64_t count)>;

/// Elements [p0, p1) of the depth, groups [group0, group1).
struct LeftBlock {
  const GemmKernels& kernels;
  int64_t p0, p1, group0, group1;
  float* buffer;  // GemmProblem::buffer_floats
};

/// C[row, first_column + g * columns + j] = sum over depth of A[row, g * left_group_stride floats further on, p] * B[g, p, j] for every group g.
class GemmProblem {
 public:
  virtual ~GemmProblem() = default;

  int64_t rows = 0;
  int64_t columns = 0;  // of one group
  int64_t depth = 0;    // of one group
  int64_t groups = 1;
  int64_t left_group_stride = 0;
  int64_t task_groups = 1;   // most groups of a task
  int64_t first_column = 0;  // of C, where the first group goes
  /// Floats from a row of C to the next one of the same block; 0: each is asked for.
  int64_t c_stride = 0;
  /// Tiles do not straddle multiples of this many rows; 0: no such limit.
  int64_t line = 0;
  int64_t block_rows = 14;          // most rows asked of a LeftReader
  int64_t block_depth = kAColumns;  // longest depth of a block
  int64_t depth_unit = 1;           // blocks and parts begin at multiples of it
  int64_t buffer_floats = 14 * kAStride;
  /// The depth is cut into this many parts of equal length, each with its own C, so that a long sum over few outputs can use many threads. The
  /// caller adds the parts. Must not depend on the number of threads: the rounding of the sum would.
  int64_t parts = 1;
  const float* prepared = nullptr;     // B as prepare_right lays it out
  const OutputTransform* transform = nullptr;  // null: none

  virtual LeftReader left(const LeftBlock& block) const = 0;
  /// Columns [column, column + count) and depth [p0, p1) of B of a group as a Panel of depth p1 - p0.
  virtual void pack_right(const GemmKernels& kernels, int64_t group, int64_t p0, int64_t p1, int64_t column, int64_t count,
                          float* to) const = 0;
  /// Address of C[row, 0] of a part.
  virtual float* c_row(int64_t row, int64_t part) const = 0;
};

/// Writes every element of every part of C. The result does not depend on the number of threads.
void run_gemm(const GemmProblem& problem);

/// Floats of the whole of B in the layout of the kernel set in use.
int64_t prepared_right_size(const GemmProblem& problem);
/// Copies the whole of B, each sliver over its whole depth; `to` may serve as `prepared` of problems with the same B.
void prepare_right(const GemmProblem& problem, float* to);

}  // namespace onebit
