#pragma once
// Binary convolution; arrays must have the sizes the geometry says.

#include <cstdint>

#include "conv/geometry.h"
#include "dot_constants.h"
#include "transform.h"

namespace onebit {

/// One convolution of a sum.
struct BinaryTerm {
  const int32_t* x;         // packed activations [N, H, W, words]
  const int32_t* prepared;  // from prepare_filter (filter_panels.h), made under the same kernel set
  const float* scale;       // [O]; null means 1
  const int32_t* tables;    // from prepare_slices (slice_filter.h), or null: all channels are counted by tiles
};

/// Sum of `count` binary convolutions, through the transform, to the output.
void binary_conv2d_sum(const Conv2dGeometry& g, const BinaryReading& reading, const BinaryTerm* terms, int64_t count,
                       const OutputTransform& transform, const BinaryOutput& output);

/// y = dot products; filter: packed words [O, kh, kw, words].
void binary_conv2d(const Conv2dGeometry& g, const BinaryReading& reading, const int32_t* x, const int32_t* filter, int32_t* y);

/// y = scale * dot; float x and filter (HWIO) are packed first. scale may be null.
void binary_conv2d_float(const Conv2dGeometry& g, const BinaryReading& reading, const float* x, const float* filter, const float* scale, float* y);

/// y[m, n] = dot of row m of a and row n of b, `depth` bits each.
void binary_mat_mul(int64_t m, int64_t n, int64_t depth, Levels levels, const int32_t* a, const int32_t* b, int32_t* y);

}  // namespace onebit
