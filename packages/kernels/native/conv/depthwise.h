#pragma once
// Depthwise float convolution, each channel with a kernel of its own: no matrix product, but sums along the channels.

#include "binary/transform.h"
#include "geometry.h"

namespace onebit {

/// Filters are [kh, kw, 1, C].
inline bool is_depthwise(const Conv2dGeometry& g) { return g.groups == g.in_channels && g.groups == g.out_channels && g.groups > 1; }

/// `transform` may be null.
void depthwise_forward(const Conv2dGeometry& g, const float* x, const float* filter, const OutputTransform* transform, float* y);
void depthwise_input_gradient(const Conv2dGeometry& g, const float* dy, const float* filter, float* dx);
void depthwise_filter_gradient(const Conv2dGeometry& g, const float* x, const float* dy, float* dfilter);

}  // namespace onebit
