#pragma once
// Depthwise binary convolution; arrays must have the sizes the geometry says.

#include <cstdint>

#include "binary/dot_constants.h"
#include "binary/transform.h"
#include "conv/geometry.h"

namespace onebit {

struct DepthwiseOperands {
  const int32_t* x;       // [N, H, W, words]
  const int32_t* filter;  // [kh, kw, words]
  const float* scale;     // [C], null means 1
  BinaryReading reading;
};

/// Each channel with its own kernel; geometry with groups = inChannels = outChannels.
void binary_depthwise_conv2d(const Conv2dGeometry& g, const DepthwiseOperands& operands, const OutputTransform& transform, const BinaryOutput& output);

}  // namespace onebit
