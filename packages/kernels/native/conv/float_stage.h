#pragma once
// What becomes of a finished sum before it is written (OutputTransform in src/transform.ts).

#include <cstdint>

namespace onebit {

enum class ActivationKind { kNone, kPrelu, kRprelu, kClip };
enum class ResidualPosition { kNone, kBefore, kAfter };

/// v += offset; v += residual (before); v = activation(v); v += residual (after). Arrays of channels are null where the kind does not use them.
struct FloatStage {
  const float* offset = nullptr;  // null: 0
  ActivationKind activation = ActivationKind::kNone;
  const float* slope = nullptr;      // prelu, rprelu
  const float* shift_in = nullptr;   // rprelu
  const float* shift_out = nullptr;  // rprelu
  float low = 0, high = 0;           // clip
  ResidualPosition residual_position = ResidualPosition::kNone;
  const float* residual = nullptr;  // laid out as the output
  const float* output = nullptr;    // start of the output: tells which residual belongs to an address
};

}  // namespace onebit
