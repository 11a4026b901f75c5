#pragma once
// Blocked matrix product C = A B over operands that are described, not stored: A and B are copied block by block into cache-sized buffers.

#include <cstdint>

#include "gemm_kernels.h"

namespace onebit {

/// C[rows, columns] = sum over depth of A[row, p] * B[p, column]. Implementations say where the operands lie.
class GemmProblem {
 public:
  virtual ~GemmProblem() = default;

  int64_t rows = 0;
  int64_t columns = 0;
  int64_t depth = 0;
  /// Blocks of A are stored with the rows contiguous (a[p][row]) instead of the depth (a[row][p]).
  bool transposed_a = false;
  /// The depth is cut into this many parts of equal length, each with its own C, so that a long sum over few outputs can use many threads. The
  /// caller adds the parts. Must not depend on the number of threads: the rounding of the sum would.
  int64_t parts = 1;

  /// to[(row - row0) * kAStride + p - p0], or transposed, for rows [row0, row1) and depth [p0, p1).
  virtual void pack_a(const GemmKernels& kernels, int64_t row0, int64_t row1, int64_t p0, int64_t p1, float* to) const = 0;
  /// Columns [column, column + count) and depth [p0, p1) of B as a Panel of depth p1 - p0.
  virtual void pack_b(const GemmKernels& kernels, int64_t p0, int64_t p1, int64_t column, int64_t count, float* to) const = 0;
  /// Address of C[row, 0] of a part.
  virtual float* c_row(int64_t row, int64_t part) const = 0;
};

/// Writes every element of every part of C. The result does not depend on the number of threads.
void run_gemm(const GemmProblem& problem);

}  // namespace onebit
