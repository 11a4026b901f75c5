#pragma once

#include "conv/geometry.h"

namespace onebit {

/// y = the largest x of each window; cells outside never win, a window outside as a whole gives -128.
void int8_max_pool(const Conv2dGeometry& g, const int8_t* x, int8_t* y);

}  // namespace onebit
