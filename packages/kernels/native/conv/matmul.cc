#include "conv.h"
#include "gemm.h"
#include "thread_pool.h"

namespace onebit {
namespace {

class MatMul final : public GemmProblem {
 public:
  MatMul(const MatMulShape& s, const float* a, const float* b, float* c) : s_(s), a_(a), b_(b), c_(c) {
    rows = s.rows;
    columns = s.columns;
    depth = s.depth;
    transposed_a = s.transpose_a;
  }

  void pack_a(const GemmKernels& kernels, int64_t row0, int64_t row1, int64_t p0, int64_t p1, float* to) const override {
    // Both forms are plain copies of a rectangle: along the depth, or along the rows.
    if (s_.transpose_a) {
      kernels.copy_lines(a_ + p0 * s_.rows + row0, s_.rows, p1 - p0, row1 - row0, to);
    } else {
      kernels.copy_lines(a_ + row0 * s_.depth + p0, s_.depth, row1 - row0, p1 - p0, to);
    }
  }
  void pack_b(const GemmKernels& kernels, int64_t p0, int64_t p1, int64_t column, int64_t count, float* to) const override {
    if (s_.transpose_b) {
      kernels.pack_transposed(b_ + column * s_.depth + p0, s_.depth, p1 - p0, count, {to, p1 - p0, 0});
    } else {
      kernels.pack_rows(b_ + p0 * s_.columns + column, s_.columns, p1 - p0, count, {to, p1 - p0, 0});
    }
  }
  float* c_row(int64_t row, int64_t) const override { return c_ + row * s_.columns; }

 private:
  const MatMulShape& s_;
  const float* a_;
  const float* b_;
  float* c_;
};

}  // namespace

void matrix_multiply(const MatMulShape& s, const float* a, const float* b, float* c) {
  const int64_t a_step = s.batch_a == 1 ? 0 : s.rows * s.depth;
  const int64_t b_step = s.batch_b == 1 ? 0 : s.depth * s.columns;
  const auto one = [&](int64_t i) { run_gemm(MatMul(s, a + i * a_step, b + i * b_step, c + i * s.rows * s.columns)); };
  // Many products are handed out whole; a few share the threads inside each.
  if (s.batch() >= 2 * thread_count()) {
    parallel_for(s.batch(), 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) one(i);
    });
  } else {
    for (int64_t i = 0; i < s.batch(); i++) one(i);
  }
}

}  // namespace onebit
