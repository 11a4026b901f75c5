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
  if (at >= 0 && at + (kernel - 1) * dilation < size) return {0, kernel};  // mostly, and without a division
  const int32_t begin = at >= 0 ? 0 : min(kernel, (-at + dilation - 1) / dilation);
  const int32_t end = at >= size ? begin : max(begin, min(kernel, (size - at + dilation - 1) / dilation));
  return {begin, end};
}

/// Where the kernel lies for one output pixel.
class Window {
 public:
  Range rows, columns;  // taps inside

  Window(const Geometry& g, int32_t pixel)
      : g_(g), out_row_(pixel / g.out_width % g.out_height), out_column_(pixel % g.out_width), image_(pixel / g.out_width / g.out_height) {
    set_row();
    set_column();
  }

  /// On to the next pixel.
  void advance() {
    if (++out_column_ == g_.out_width) {
      out_column_ = 0;
      if (++out_row_ == g_.out_height) {
        out_row_ = 0;
        image_++;
      }
      set_row();
    }
    set_column();
  }

  bool contains(int32_t kh, int32_t kw) const { return rows.contains(kh) && columns.contains(kw); }
  bool complete() const { return rows == Range{0, g_.kernel_height} && columns == Range{0, g_.kernel_width}; }
  /// Index of the tap's pixel in [N, H, W]; only where contains().
  int32_t pixel(int32_t kh, int32_t kw) const {
    return (image_ * g_.in_height + row_ + kh * g_.dilation_height) * g_.in_width + column_ + kw * g_.dilation_width;
  }

 private:
  void set_row() {
    row_ = out_row_ * g_.stride_height - g_.pad_top;
    rows = inside(row_, g_.kernel_height, g_.dilation_height, g_.in_height);
  }
  void set_column() {
    column_ = out_column_ * g_.stride_width - g_.pad_left;
    columns = inside(column_, g_.kernel_width, g_.dilation_width, g_.in_width);
  }

  const Geometry& g_;
  int32_t out_row_, out_column_, image_;
  int32_t row_, column_;  // of tap (0, 0) in the input
};

}  // namespace onebit
