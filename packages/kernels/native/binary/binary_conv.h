#pragma once
// Binary convolution; arrays must have the sizes the geometry says.

#include <cstdint>

#include "bits/levels.h"
#include "conv/geometry.h"

namespace onebit {

struct BinaryOptions {
  int32_t pad_value;  // 0, 1 or -1: value of the activations outside the input
  Levels levels;
};

/// y = dot products; x [N, H, W, words], filter [O, kh, kw, words].
void binary_conv2d(const Conv2dGeometry& g, const BinaryOptions& options, const int32_t* x, const int32_t* filter, int32_t* y);

/// y = scale * dot; float x and filter (HWIO) are packed first. scale may be null.
void binary_conv2d_float(const Conv2dGeometry& g, const BinaryOptions& options, const float* x, const float* filter,
                         const float* scale, float* y);

}  // namespace onebit
