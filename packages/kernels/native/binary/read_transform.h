#pragma once
// Reading, output transform and output (src/transform.ts) from a JavaScript call, spread out by src/native/binary-calls.ts.

#include "conv/geometry.h"
#include "dot_constants.h"
#include "napi_field.h"
#include "transform.h"

namespace onebit {

/// padValue and levels.
BinaryReading read_reading(const Args& args, size_t pad_value, size_t levels);

/// The properties of `OutputTransform` and `BinaryOutput`, arguments of their own in this order from argument `first` on.
struct OutputFields {
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
