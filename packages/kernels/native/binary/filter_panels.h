#pragma once
// Filters as the tiles read them.

#include <cstdint>

#include "conv/geometry.h"

namespace onebit {

/// Words of a prepared filter: per group slivers of kernels.width output channels [depth, width] in the running basis (binary_kernels.h), the last
/// one filled up with zeros; behind them the sums of each tap's weights [taps, O].
int64_t prepared_words(const Conv2dGeometry& g);

/// Words of the slivers of one group; those of group i begin at i times as many.
int64_t group_words(const Conv2dGeometry& g);
const int32_t* tap_sums(const Conv2dGeometry& g, const int32_t* prepared);

/// filter: packed words [O, kh, kw, words].
void prepare_filter(const Conv2dGeometry& g, const int32_t* filter, int32_t* prepared);
/// filter: floats [kh, kw, C / groups, O], whose signs are taken.
void prepare_filter(const Conv2dGeometry& g, const float* filter, int32_t* prepared);

}  // namespace onebit
