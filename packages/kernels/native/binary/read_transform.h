#pragma once
// Reading, output transform and output (src/transform.ts) from a JavaScript call.

#include "conv/geometry.h"
#include "dot_constants.h"
#include "napi_field.h"
#include "transform.h"

namespace onebit {

/// `BinaryReading`
BinaryReading read_reading(const Field& reading);

/// The properties of `OutputTransform` and `BinaryOutput`, got before the address of any array is taken (napi_field.h).
struct OutputFields {
  OutputFields(const Field& transform, const Field& output);
  /// The same as arguments of their own, in this order, from argument `first` on.
  OutputFields(const Args& args, size_t first);

  Field offset, activation_kind, slope, shift_in, shift_out, low, high, residual, residual_position;
  Field type, y, inverse_step, zero_point, levels, threshold, flip;
};

struct CheckedOutput {
  OutputTransform transform;
  BinaryOutput output;
};

/// Checks everything against the geometry. `plain`: one term without scale, as dots need it.
CheckedOutput read_output(const OutputFields& fields, const Conv2dGeometry& g, bool plain);

}  // namespace onebit
