#pragma once
// Packed bits: channel c of a pixel is bit c % 32 of its word c / 32; tail bits are 0.

#include <cstdint>

namespace onebit {

/// What the bits of an activation mean: bit 1 = -1 and bit 0 = +1, or bit 1 = 1 and bit 0 = 0.
enum class Levels { kPm1, kZeroOne };

/// Words of a pixel.
inline int64_t words_for(int64_t channels) { return (channels + 31) / 32; }

}  // namespace onebit
