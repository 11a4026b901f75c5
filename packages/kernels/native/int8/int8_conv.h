#pragma once
// Convolution of int8 activations with int8 weights; arrays must have the sizes the geometry says.

#include "conv/geometry.h"
#include "int8/kernels.h"

namespace onebit {

/// Longest dot product whose sum cannot leave 32 bits: 255 * 128 a term.
constexpr int64_t kMaxInt8Depth = 65536;

/// A filter [kh, kw, C / groups, O] in the layout of the kernel set in use.
struct PreparedInt8 {
  const void* panels;
  const int32_t* sums;  // of the weights of each column of the panels
};

/// Bytes of the panels, and how many columns they have.
int64_t int8_panel_bytes(const Conv2dGeometry& g);
int64_t int8_panel_columns(const Conv2dGeometry& g);
void prepare_int8_filter(const Conv2dGeometry& g, const int8_t* filter, void* panels, int32_t* sums);
/// Pieces of a window that lie together in the image: kernel rows, or taps where dilation or groups part them. The layout of a filter depends on it.
int64_t int8_runs(const Conv2dGeometry& g);
/// Bytes of the copy of the input rows that one output row reads, at least.
double int8_band_bytes(const Conv2dGeometry& g);

/// Dot products of x - zero_point and the filter, outside taps 0; then the output stage.
struct Int8Convolution {
  const int8_t* x;
  int32_t zero_point;
  PreparedInt8 filter;
  const float* scale;       // [O], not used for kDots
  const FloatStage* stage;  // null: none
  Int8Output output;
};
void int8_conv2d(const Conv2dGeometry& g, const Int8Convolution& c);

}  // namespace onebit
