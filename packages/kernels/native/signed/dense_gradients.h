#pragma once
// The gradients of signed.h for kernel sets without table kernels: the bits become floats and the float convolution does the rest.

#include "signed/signed.h"

namespace onebit {

void dense_input_gradient(const Conv2dGeometry& g, const float* dy, const int32_t* filter, const float* scale, const int32_t* mask,
                          const Slope& slope, float* dx);
void dense_filter_gradient(const Conv2dGeometry& g, const int32_t* x, const float* dy, const Slope& slope, float* dw, int32_t pad_value,
                           Levels levels);

}  // namespace onebit
