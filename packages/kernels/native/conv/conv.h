#pragma once
// Float convolutions and matrix product; arrays must have the sizes the geometry says.

#include <algorithm>

#include "geometry.h"

namespace onebit {

void conv2d_forward(const Conv2dGeometry& g, const float* x, const float* filter, float* y);
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
