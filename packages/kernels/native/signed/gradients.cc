#include "dispatch.h"
#include "signed/dense_gradients.h"
#include "signed/table_gradients.h"

namespace onebit {

namespace {

// A table is made from five numbers and looked up once for every 16 entries of (taps, c); below these counts (measured on Sapphire Rapids with 1 x 1
// kernels of 64 to 256 channels) multiplying is faster.
constexpr int64_t kInputUses = 192, kFilterUses = 96;
// With few pixels the gradient at the weights is mostly written, not summed.
constexpr int64_t kFilterPixels = 128;

int64_t uses(const Conv2dGeometry& g) { return g.kernel_height * g.kernel_width * g.group_in(); }
bool tables_pay_for_input(const Conv2dGeometry& g) { return uses(g) >= kInputUses; }
bool tables_pay_for_filter(const Conv2dGeometry& g) {
  return uses(g) >= kFilterUses && g.batch * g.out_height * g.out_width >= kFilterPixels;
}

}  // namespace

bool bf16_gradients() { return table_kernels() != nullptr && has_avx512_bf16(); }

void binary_input_gradient(const Conv2dGeometry& g, const float* dy, const int32_t* filter, const float* scale, const int32_t* mask,
                           const Slope& slope, float* dx, bool bf16) {
  const TableKernels* kernels = table_kernels();
  if (kernels != nullptr && (bf16 || tables_pay_for_input(g))) {
    table_input_gradient(*kernels, g, dy, filter, scale, mask, slope, dx, bf16);
  } else {
    dense_input_gradient(g, dy, filter, scale, mask, slope, dx);
  }
}

void binary_filter_gradient(const Conv2dGeometry& g, const int32_t* x, const float* dy, const Slope& slope, float* dw, int32_t pad_value,
                            Levels levels, bool bf16) {
  const TableKernels* kernels = table_kernels();
  if (kernels != nullptr && (bf16 || tables_pay_for_filter(g))) {
    table_filter_gradient(*kernels, g, x, dy, slope, dw, pad_value, levels, bf16);
  } else {
    dense_filter_gradient(g, x, dy, slope, dw, pad_value, levels);
  }
}

}  // namespace onebit
