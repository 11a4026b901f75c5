#pragma once
// Conv2dGeometry of src/geometry.ts, field by field, and the part of a kernel that lies inside the input.

#include "simd.h"

namespace onebit {

struct Geometry {
  int32_t batch, in_height, in_width, in_channels;
  int32_t out_height, out_width, out_channels;
  int32_t kernel_height, kernel_width;
  int32_t stride_height, stride_width;
  int32_t dilation_height, dilation_width;
  int32_t pad_top, pad_bottom, pad_left, pad_right;
  int32_t groups;

  int32_t taps() const { return kernel_height * kernel_width; }
  int32_t group_in() const { return in_channels / groups; }
  int32_t group_out() const { return out_channels / groups; }
  int32_t in_words() const { return words_for(in_channels); }
  int32_t group_words() const { return words_for(group_in()); }
  /// Words of one dot product.
  int32_t depth() const { return taps() * group_words(); }
};

/// Kernel positions [begin, end) along one axis that meet the input.
struct Range {
  int32_t begin, end;
  bool operator==(const Range& other) const { return begin == other.begin && end == other.end; }
  bool contains(int32_t i) const { return i >= begin && i < end; }
};

/// Positions k with 0 <= at + k * dilation < size.
inline Range inside(int32_t at, int32_t kernel, int32_t dilation, int32_t size) {
  const int32_t begin = at >= 0 ? 0 : min(kernel, (-at + dilation - 1) / dilation);
  const int32_t end = at >= size ? begin : max(begin, min(kernel, (size - at + dilation - 1) / dilation));
  return {begin, end};
}

/// Where the kernel lies for one output pixel.
struct Window {
  int32_t image;        // n
  int32_t row, column;  // of tap (0, 0) in the input
  Range rows, columns;  // taps inside

  Window(const Geometry& g, int32_t pixel)
      : image(pixel / (g.out_height * g.out_width)),
        row(pixel / g.out_width % g.out_height * g.stride_height - g.pad_top),
        column(pixel % g.out_width * g.stride_width - g.pad_left),
        rows(inside(row, g.kernel_height, g.dilation_height, g.in_height)),
        columns(inside(column, g.kernel_width, g.dilation_width, g.in_width)) {}

  bool contains(int32_t kh, int32_t kw) const { return rows.contains(kh) && columns.contains(kw); }
  /// Index of the tap's pixel in [N, H, W]; only where contains().
  int32_t pixel(const Geometry& g, int32_t kh, int32_t kw) const {
    return (image * g.in_height + row + kh * g.dilation_height) * g.in_width + column + kw * g.dilation_width;
  }
};

}  // namespace onebit
