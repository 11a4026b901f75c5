#pragma once
// The innermost loops of convolution and matrix multiplication, one table per kernel set.

#include <cstdint>

#include "binary/transform.h"

namespace onebit {

/// Floats from one line of a copied block of A to the next. A multiple of a cache line, but not of 1 KiB, so that the lines fall into different
/// cache sets.
constexpr int64_t kAStride = 592;
/// Longest line of a copied block of A.
constexpr int64_t kAColumns = 576;

/// Where the rows of a convolution's matrix A come from: pixel (q, r) of image n reads, for each run of neighbouring taps, `length` pixels from
/// (q * step_height + row, r * step_width + column) on; pixels outside the image are zero.
struct PixelRun {
  int64_t row;
  int64_t column;
  int64_t length;
};

struct PixelSource {
  const float* data;
  int64_t height, width;
  int64_t pixel_stride;  // floats from one pixel to the next
  int64_t channels;      // floats used of each pixel; runs are longer than 1 only where channels == pixel_stride
  int64_t step_height, step_width;
  int64_t out_height, out_width;
  const PixelRun* runs;
  int run_count;
};

/// A piece of the depth whose elements are evenly spaced in memory, `offset` floats from the first element of a row of A.
struct Segment {
  int64_t offset;
  int64_t length;
};

/// The runs of a matrix row between elements k0 and k1, for pixels whose whole window lies inside the image.
struct PixelWindow {
  static constexpr int kMaxPieces = 64;
  Segment pieces[kMaxPieces];  // from the first channel of the window's origin
  int count = 0;
  // The origin (q * step_height, r * step_width) is inside when it lies in these ranges.
  int64_t low_y = 0, high_y = -1, low_x = 0, high_x = -1;

  PixelWindow(const PixelSource& source, int64_t k0, int64_t k1);
  bool contains(int64_t y, int64_t x) const { return y >= low_y && y <= high_y && x >= low_x && x <= high_x; }
};

/// A block of A where it lies, in the image itself or in a copy: A[r][p] = data[r * row_stride + offset + k * depth_stride], where p is element k
/// of the segment with that offset.
struct LeftView {
  const float* data;
  int64_t row_stride, depth_stride;
  const Segment* segments;
  int segment_count;
};

/// Where a tile goes: rows[r][column .. column + columns), the sum alone or added to what is there; the last sum of an element is finished.
struct GemmTarget {
  float* const* rows;
  int64_t column, columns;
  bool accumulate;
  const OutputTransform* transform;  // null: none, or not yet
  const float* output;      // where C begins, for the transform
};

/// target (+)= A B for the first rows of A and a sliver of B, `vectors * width` floats for each element of the depth.
using Tile = void (*)(const LeftView& a, const float* b, const GemmTarget& target);

/// One tap of a depthwise convolution: its value at the first pixel and channel of a span, and its weight there.
struct DepthwiseTap {
  const float* x;
  const float* weight;
};

/// Neighbouring pixels of a line that see the same taps.
struct DepthwiseSpan {
  const DepthwiseTap* taps;
  int64_t tap_count;
  int64_t pixels;
  int64_t x_step, y_step;  // floats from one pixel to the next
  int64_t channels;
};

/// Packed B: slivers of 2 * width columns one after the other, each [depth, 2 * width]; the last one is [depth, width] where that suffices.
struct Panel {
  float* data;
  int64_t depth;  // rows of the panel
  int64_t row;    // where packing begins
};

struct GemmKernels {
  int width;     // floats per vector
  int max_rows;  // rows of the largest tile
  /// tile[rows - 1][vectors - 1], vectors 1 or 2.
  Tile tile[14][2];
  /// to[i * kAStride + (k - k0)] = element k in [k0, k1) of the matrix row of output pixel `pixel + i`, i < count.
  void (*gather)(const PixelSource& source, int64_t pixel, int64_t count, int64_t k0, int64_t k1, float* to);
  /// to[i * kAStride + k] = from[i * stride + k], i < lines, k < length.
  void (*copy_lines)(const float* from, int64_t stride, int64_t lines, int64_t length, float* to);
  /// B[to.row + p, j] = from[p * stride + j] for p < depth, j < columns, zero in the padding columns.
  void (*pack_rows)(const float* from, int64_t stride, int64_t depth, int64_t columns, const Panel& to);
  /// As pack_rows with from[j * stride + p].
  void (*pack_transposed)(const float* from, int64_t stride, int64_t depth, int64_t columns, const Panel& to);
  /// y[i, c] = sum over taps of x[i, c] * weight[c], finished by `transform` unless that is null; `index` is that of y[0, 0] in the output.
  void (*depthwise)(const DepthwiseSpan& span, const OutputTransform* transform, int64_t index, float* y);
  /// sums[weight of tap t - filter + c] += sum over pixels of x of tap t * dy[i, c].
  void (*depthwise_gradient)(const DepthwiseSpan& span, const float* dy, const float* filter, float* sums);
};

const GemmKernels& gemm_scalar();
const GemmKernels& gemm_neon();
const GemmKernels& gemm_avx2();
const GemmKernels& gemm_avx512();
/// Those of the active kernel set.
const GemmKernels& gemm_kernels();

}  // namespace onebit
