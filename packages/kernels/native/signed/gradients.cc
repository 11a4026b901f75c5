#include "dispatch.h"
#include "signed/dense_gradients.h"
#include "signed/table_gradients.h"

namespace onebit {

bool bf16_gradients() { return table_kernels() != nullptr && has_avx512_bf16(); }

void binary_input_gradient(const Conv2dGeometry& g, const float* dy, const int32_t* filter, const float* scale, const int32_t* mask, float* dx,
                           bool bf16) {
  if (const TableKernels* kernels = table_kernels()) {
    table_input_gradient(*kernels, g, dy, filter, scale, mask, dx, bf16);
  } else {
    dense_input_gradient(g, dy, filter, scale, mask, dx);
  }
}

void binary_filter_gradient(const Conv2dGeometry& g, const int32_t* x, const float* dy, float* dw, int32_t pad_value, Levels levels, bool bf16) {
  if (const TableKernels* kernels = table_kernels()) {
    table_filter_gradient(*kernels, g, x, dy, dw, pad_value, levels, bf16);
  } else {
    dense_filter_gradient(g, x, dy, dw, pad_value, levels);
  }
}

}  // namespace onebit
