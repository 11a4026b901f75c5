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
    if (s.transpose_a) {
      block_depth = 256;
      block_rows = 288;
      buffer_floats = block_depth * kAStride;
    }
  }

  LeftReader left(const LeftBlock& block) const override {
    const Segment all{0, block.p1 - block.p0};
    if (s_.transpose_a) {
      return [this, block, all](int64_t row0, int64_t count) -> LeftView {
        block.kernels.copy_lines(a_ + block.p0 * s_.rows + row0, s_.rows, all.length, count, block.buffer);
        return {block.buffer, 1, kAStride, &all, 1};
      };
    }
    // Rows a multiple of 4 KiB apart fall into one set of the cache, which cannot hold them: those are copied.
    if (s_.depth % 1024 != 0) {
      return [this, block, all](int64_t row0, int64_t) -> LeftView { return {a_ + row0 * s_.depth + block.p0, s_.depth, 1, &all, 1}; };
    }
    return [this, block, all](int64_t row0, int64_t count) -> LeftView {
      block.kernels.copy_lines(a_ + row0 * s_.depth + block.p0, s_.depth, count, all.length, block.buffer);
      return {block.buffer, kAStride, 1, &all, 1};
    };
  }
  void pack_right(const GemmKernels& kernels, int64_t, int64_t p0, int64_t p1, int64_t column, int64_t count, float* to) const override {
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
