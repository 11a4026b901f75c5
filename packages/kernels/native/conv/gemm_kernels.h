#pragma once
// The innermost loops of convolution and matrix multiplication, one table per kernel set.

#include <cstdint>

namespace onebit {

/// Floats from one row of a block of A to the next. A constant, so that the micro-kernel addresses its rows with one register; a multiple of a
/// cache line, but not of 1 KiB, so that the rows fall into different cache sets.
constexpr int64_t kAStride = 592;
/// Longest run along the contiguous direction of a block of A.
constexpr int64_t kAColumns = 576;

/// Where the rows of a convolution's matrix A come from: pixel (q, r) of image n reads, for each run of neighbouring taps, `length` pixels from
/// (q * step_height + row, r * step_width + column) on; pixels outside the image are zero.
struct PixelRun {
  int64_t row;
  int64_t column;
  int64_t length;
};

struct PixelSource {
  const float* data;  // already at the first channel wanted
  int64_t height, width;
  int64_t pixel_stride;  // floats from one pixel to the next
  int64_t channels;      // floats used of each pixel; runs are longer than 1 only where channels == pixel_stride
  int64_t step_height, step_width;
  int64_t out_height, out_width;
  const PixelRun* runs;
  int run_count;
};

/// c[r][offset .. offset + columns) (+)= sum over p < depth of A[r][p] * B[p][.], B a sliver of `vectors * width` floats per row.
/// A[r][p] = a[r * kAStride + p], or a[p * kAStride + r] in the transposed form.
using Tile = void (*)(int64_t depth, const float* a, const float* b, float* const* c, int64_t offset, int64_t columns,
                      bool accumulate);

/// Packed B: slivers of 2 * width columns one after the other, each [depth, 2 * width]; the last one is [depth, width] where that suffices.
struct Panel {
  float* data;
  int64_t depth;  // rows of the panel
  int64_t row;    // where packing begins
};

struct GemmKernels {
  int width;     // floats per vector
  int max_rows;  // rows of the largest tile
  /// tile[transposed][rows - 1][vectors - 1], vectors 1 or 2.
  Tile tile[2][14][2];
  /// to[i * kAStride + (k - k0)] = element k in [k0, k1) of the matrix row of output pixel `pixel + i`, i < count.
  void (*gather)(const PixelSource& source, int64_t pixel, int64_t count, int64_t k0, int64_t k1, float* to);
  /// to[i * kAStride + k] = from[i * stride + k], i < lines, k < length.
  void (*copy_lines)(const float* from, int64_t stride, int64_t lines, int64_t length, float* to);
  /// B[to.row + p, j] = from[p * stride + j] for p < depth, j < columns, zero in the padding columns.
  void (*pack_rows)(const float* from, int64_t stride, int64_t depth, int64_t columns, const Panel& to);
  /// As pack_rows with from[j * stride + p].
  void (*pack_transposed)(const float* from, int64_t stride, int64_t depth, int64_t columns, const Panel& to);
};

const GemmKernels& gemm_scalar();
const GemmKernels& gemm_avx2();
const GemmKernels& gemm_avx512();
/// Those of the active kernel set.
const GemmKernels& gemm_kernels();

}  // namespace onebit
