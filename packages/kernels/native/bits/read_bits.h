#pragma once
// Levels and thresholds from a JavaScript call.

#include "bits/pack.h"
#include "napi_field.h"

namespace onebit {

inline Levels read_levels(const Field& field) {
  const std::string name = field.text();
  if (name != "pm1" && name != "zero-one") field.fail("must be 'pm1' or 'zero-one', got '%s'", name.c_str());
  return name == "zero-one" ? Levels::kZeroOne : Levels::kPm1;
}

/// `Threshold` of src/transform.ts; undefined means 0 for all channels.
inline BitThreshold read_threshold(const Field& field, int64_t channels) {
  if (field.is_nullish()) return {};
  const Field values = field["values"], flip = field["flip"];
  const auto size = static_cast<size_t>(channels);
  return {values.floats(size).data, flip.is_nullish() ? nullptr : flip.uint8s(size).data};
}

}  // namespace onebit
