#pragma once
// The gradients of signed.h for kernel sets that have table kernels.

#include "signed/signed.h"
#include "signed/table_kernels.h"

namespace onebit {

void table_input_gradient(const TableKernels& kernels, const Conv2dGeometry& g, const float* dy, const int32_t* filter, const float* scale,
                          const int32_t* mask, const Slope& slope, float* dx, bool bf16);
void table_filter_gradient(const TableKernels& kernels, const Conv2dGeometry& g, const int32_t* x, const float* dy, const Slope& slope, float* dw,
                           int32_t pad_value, Levels levels, bool bf16);

}  // namespace onebit
