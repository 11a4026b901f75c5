#pragma once
// What the kernels must compute, in loops that nobody can get wrong: one output at a time, in float64.

#include <vector>

#include "bits/levels.h"
#include "conv/geometry.h"
#include "test/buffer.h"
#include "test/choices.h"

namespace onebit::test {

/// A geometry with edges of all kinds, small enough for thousands of cases a second.
Conv2dGeometry any_geometry(Choices& choices);
/// One with more output channels than the blocks of any kernel, and few pixels.
Conv2dGeometry wide_geometry(Choices& choices);

inline bool bit(const int32_t* words, int64_t channel) { return (static_cast<uint32_t>(words[channel / 32]) >> (channel % 32) & 1) != 0; }
/// What a bit means.
inline double value(bool bit, Levels levels) { return levels == Levels::kPm1 ? (bit ? -1 : 1) : (bit ? 1 : 0); }

/// Random packed pixels, tail bits 0.
void fill_packed(Buffer<int32_t>& words, int64_t channels, Choices& choices);
/// Values of `[rows, words_for(channels)]` as `[rows, channels]`.
std::vector<double> unpacked(const Buffer<int32_t>& words, int64_t channels, Levels levels);
std::vector<double> doubles(const Buffer<float>& values);

/// x `[N, H, W, C]`, filter `[O, kh, kw, C / groups]`, y `[N, H', W', O]`; cells outside the input hold `outside`.
std::vector<double> naive_conv(const Conv2dGeometry& g, const std::vector<double>& x, const std::vector<double>& filter, double outside);
/// dx `[N, H, W, C]` of a dy `[N, H', W', O]`.
std::vector<double> naive_input_gradient(const Conv2dGeometry& g, const std::vector<double>& dy, const std::vector<double>& filter);
/// `[O, kh, kw, C / groups]`
std::vector<double> naive_filter_gradient(const Conv2dGeometry& g, const std::vector<double>& x, const std::vector<double>& dy, double outside);

/// Index of `[O, kh, kw, i]` in a filter `[kh, kw, i, O]`.
std::vector<double> to_ohwi(const Conv2dGeometry& g, const std::vector<double>& hwio);

}  // namespace onebit::test
