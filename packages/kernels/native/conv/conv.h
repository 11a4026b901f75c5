#pragma once
// Float convolutions and matrix product; arrays must have the sizes the geometry says.

#include <algorithm>

#include "binary/transform.h"
#include "geometry.h"

namespace onebit {

/// A filter [kh, kw, C / groups, O], or what prepare_filter made of one; the other is null.
struct ConvFilter {
  const float* values;
  const float* prepared;
};

/// y = conv(x, filter), finished by `transform` unless that is null.
void conv2d_forward(const Conv2dGeometry& g, const float* x, const ConvFilter& filter, const OutputTransform* transform, float* y);
/// Floats of a filter prepared for the kernel set in use.
int64_t prepared_filter_size(const Conv2dGeometry& g);
void prepare_filter(const Conv2dGeometry& g, const float* filter, float* to);

void conv2d_input_gradient(const Conv2dGeometry& g, const float* dy, const float* filter, float* dx);
void conv2d_filter_gradient(const Conv2dGeometry& g, const float* x, const float* dy, float* dfilter);

struct MatMulShape {
  int64_t batch_a, batch_b, rows, columns, depth;
  bool transpose_a, transpose_b;
  int64_t batch() const { return batch_a == 0 || batch_b == 0 ? 0 : std::max(batch_a, batch_b); }
};

/// c[i] = a[i] b[i], a batch of 1 is used for every i.
void matrix_multiply(const MatMulShape& shape, const float* a, const float* b, float* c);

}  // namespace onebit
