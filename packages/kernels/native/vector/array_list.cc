#include "vector/array_list.h"

namespace onebit {

FloatArrays float_arrays(const Args& args, size_t i, const char* what) {
  FloatArrays result;
  for (const AnySpan& array : args.arrays(i, what, 1 << 16)) {
    args.require(array.type == napi_float32_array, "%s must hold Float32Arrays, got a %s", what, type_name(array.type));
    result.push_back({array.as<float>(), array.size});
  }
  return result;
}

FloatArrays float_arrays_like(const Args& args, size_t i, const char* what, const FloatArrays& like) {
  FloatArrays result = float_arrays(args, i, what);
  args.require(result.size() == like.size(), "%s must have %zu entries, got %zu", what, like.size(), result.size());
  for (size_t k = 0; k < like.size(); k++) {
    args.require(result[k].size == like[k].size, "%s[%zu] must have length %zu, got %zu", what, k, like[k].size, result[k].size);
  }
  return result;
}

}  // namespace onebit
