#pragma once
// Prepared filters: { kernelSet, shape: [kh, kw, C / groups, O], groups, panels }.

#include "dispatch.h"
#include "geometry.h"
#include "napi_field.h"
#include "napi_result.h"

namespace onebit {

/// Everything but `panels`.
inline void describe_prepared(ResultObject& prepared, const Conv2dGeometry& g) {
  prepared.text("kernelSet", kernel_set_name(kernel_set()));
  prepared.numbers("shape", {g.kernel_height, g.kernel_width, g.group_in(), g.out_channels});
  prepared.number("groups", g.groups);
}

/// Throws unless the filter was prepared for the kernel set in use and for a filter of this geometry.
inline void check_prepared(const Field& prepared, const Conv2dGeometry& g) {
  const std::string set = prepared["kernelSet"].text(), wanted_set = kernel_set_name(kernel_set());
  if (set != wanted_set) prepared.fail("must be prepared for %s, got one prepared for %s; prepare it again", wanted_set.c_str(), set.c_str());
  const std::vector<Field> shape = prepared["shape"].entries(4);
  const int64_t wanted[] = {g.kernel_height, g.kernel_width, g.group_in(), g.out_channels};
  bool same = shape.size() == 4 && prepared["groups"].number() == static_cast<double>(g.groups);
  for (size_t i = 0; same && i < 4; i++) same = shape[i].number() == static_cast<double>(wanted[i]);
  if (!same) {
    prepared.fail("must be prepared for [%lld, %lld, %lld, %lld] and %lld group(s)", static_cast<long long>(wanted[0]), static_cast<long long>(wanted[1]),
                  static_cast<long long>(wanted[2]), static_cast<long long>(wanted[3]), static_cast<long long>(g.groups));
  }
}

}  // namespace onebit
