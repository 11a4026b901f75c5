#pragma once
// What taps outside the input add to the gradient at the weights.

#include <vector>

#include "conv/geometry.h"

namespace onebit {

/// `row_factor` counts taps above or below the input, `column_factor` those left or right of it only.
struct OutsideFactors {
  float row, column;
};

/// [kh, kw, O]: sum of factor * dy over the output pixels whose tap lies outside; dy rounded to bfloat16 first if `bf16`.
std::vector<float> outside_sums(const Conv2dGeometry& g, const float* dy, OutsideFactors factors, bool bf16);

}  // namespace onebit
