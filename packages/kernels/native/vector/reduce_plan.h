#pragma once
// Reductions over any axes, brought to one form: x as [outer, count, inner] with the middle reduced.

#include "vector/common.h"

namespace onebit {

struct ReducePlan {
  int64_t outer = 1, count = 1, inner = 1;
  const void* x = nullptr;      // the input, or `moved`
  std::vector<uint32_t> moved;  // a copy with the kept dimensions in front, where the axes alternate with kept dimensions
  int64_t outputs() const { return outer * inner; }
};

/// Throws unless the axes are different dimensions of the shape; `x` has been checked against the shape.
ReducePlan make_reduce_plan(const Args& args, const AnySpan& x, const Dims& shape, const Dims& axes);

}  // namespace onebit
