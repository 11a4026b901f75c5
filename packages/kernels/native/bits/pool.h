#pragma once
// Max-pool of packed bits; arrays must have the sizes the geometry says.

#include <cstdint>

#include "bits/levels.h"
#include "conv/geometry.h"

namespace onebit {

/// x [N, H, W, words], y [N, H', W', words]: AND of the window for kPm1, OR for kZeroOne; an empty window gives -1, or 0.
void max_pool_bits(const Conv2dGeometry& g, Levels levels, const int32_t* x, int32_t* y);

}  // namespace onebit
