#pragma once
// What becomes of a finished sum before it is written (OutputTransform in src/transform.ts).

#include <cstdint>

namespace onebit {

enum class FloatActivation { kNone, kPrelu, kRprelu, kClip };
enum class ResidualPosition { kNone, kBefore, kAfter };

/// v += offset; v += residual (before); v = activation(v); v += residual (after), each operation with a rounding of its own. Arrays that are not used
/// are null.
struct FloatStage {
  const float* offset = nullptr;  // [O]
  FloatActivation activation = FloatActivation::kNone;
  const float* slope = nullptr;      // [O], prelu and rprelu
  const float* shift_in = nullptr;   // [O], rprelu
  const float* shift_out = nullptr;  // [O], rprelu
  float low = 0, high = 0;           // clip
  ResidualPosition residual_position = ResidualPosition::kNone;
  const float* residual = nullptr;  // laid out as the output
};

}  // namespace onebit
