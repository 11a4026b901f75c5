#pragma once
// Conv2dGeometry as the TypeScript side defines it (src/geometry.ts).

#include <cstddef>
#include <cstdint>

namespace onebit {

struct Conv2dGeometry {
  int64_t batch, in_height, in_width, in_channels;
  int64_t out_height, out_width, out_channels;
  int64_t kernel_height, kernel_width;
  int64_t stride_height, stride_width;
  int64_t dilation_height, dilation_width;
  int64_t pad_top, pad_bottom, pad_left, pad_right;
  int64_t groups;

  int64_t group_in() const { return in_channels / groups; }
  int64_t group_out() const { return out_channels / groups; }
  size_t input_size() const { return static_cast<size_t>(batch * in_height * in_width * in_channels); }
  size_t output_size() const { return static_cast<size_t>(batch * out_height * out_width * out_channels); }
  size_t filter_size() const { return static_cast<size_t>(kernel_height * kernel_width * group_in() * out_channels); }
};

}  // namespace onebit
