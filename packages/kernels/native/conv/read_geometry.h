#pragma once
// Conv2dGeometry from a JavaScript call.

#include "geometry.h"
#include "napi_args.h"

namespace onebit {

/// Reads argument `i`, an object or a Float64Array of its properties (src/native/geometry-numbers.ts), and checks that its sizes belong together and that no tensor exceeds 2^40 elements, so products cannot overflow.
Conv2dGeometry read_geometry(const Args& args, size_t i);

}  // namespace onebit
