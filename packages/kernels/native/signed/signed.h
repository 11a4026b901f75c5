#pragma once
// Gradients of binary convolutions: products of real gradients with packed bits. Arrays must have the sizes the geometry says. Sums run in float32,
// in an order that depends on the kernel set and the geometry but not on the number of threads.

#include "bits/levels.h"
#include "conv/geometry.h"

namespace onebit {

/// Whether gradients can be asked for with bfloat16 operands: where the active kernel set and the CPU have AVX512-BF16. Only the operands are rounded:
/// the lookups then do more per cycle (80 products, against 32 of vdpbf16ps at its best) and take any float.
bool bf16_gradients();

/// The slope of an estimator, which a gradient is multiplied by while it is still in a cache: a function of what was binarized.
struct Slope {
  /// dx[i] = dy[i] * slope(x[i]); dy may be dx. The last two arguments are not used.
  void (*multiply)(const float* dy, const float* x, float* dx, int64_t n, float, float) = nullptr;
  const float* x = nullptr;
};

/// dx[N, H, W, C] = slope * sum over taps and o of dy * scale * sign(w); `scale` may be null. The slope is 1, 0 where a bit of `mask` is 0 if that is
/// there, or `slope`. With `bf16`, only where bf16_gradients(), the products dy * scale are rounded to bfloat16 first.
void binary_input_gradient(const Conv2dGeometry& g, const float* dy, const int32_t* filter, const float* scale, const int32_t* mask,
                           const Slope& slope, float* dx, bool bf16);

/// dw[kh, kw, C / groups, O] = slope * sum over output pixels of value(x) * dy, taps outside the input counting as `pad_value`. With `bf16` dy is
/// rounded to bfloat16 first.
void binary_filter_gradient(const Conv2dGeometry& g, const int32_t* x, const float* dy, const Slope& slope, float* dw, int32_t pad_value,
                            Levels levels, bool bf16);

/// dscale[o] = sum over kh, kw, c of dw * sign(w), in float64 in that order, so that every implementation rounds alike.
void binary_scale_gradient(const float* dw, const int32_t* filter, float* dscale, int64_t taps, int64_t in_channels, int64_t out_channels);

}  // namespace onebit
