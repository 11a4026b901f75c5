#pragma once
// Convolution of int8 activations with int8 weights; arrays must have the sizes the geometry says.

#include "conv/geometry.h"
#include "int8/kernels.h"

namespace onebit {

/// Longest dot product whose sum cannot leave 32 bits: 255 * 128 a term.
constexpr int64_t kMaxInt8Depth = 65536;

/// Words of a filter [kh, kw, C / groups, O] in the layout of the kernel set in use.
int64_t int8_panel_words(const Conv2dGeometry& g);
void prepare_int8_filter(const Conv2dGeometry& g, const int8_t* filter, int32_t* panels);
/// Whether panels of the right length have the layout of this geometry: dilation and groups part the taps of a kernel row.
bool fits_geometry(const Conv2dGeometry& g, const int32_t* panels);
/// Bytes of the copy of the input rows that one output row reads, at least.
double int8_band_bytes(const Conv2dGeometry& g);

/// Dot products of x - zero_point and the filter, outside taps 0; then the output transform.
struct Int8Convolution {
  const int8_t* x;
  int32_t zero_point;
  const int32_t* panels;
  const float* scale;  // [O], not used for kDots
  OutputTransform transform;
  BinaryOutput output;  // kDots, kFloat32 or kInt8
};
void int8_conv2d(const Conv2dGeometry& g, const Int8Convolution& c);

}  // namespace onebit
