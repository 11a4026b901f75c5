#include "vector/common.h"

#include "dispatch.h"

namespace onebit {

const VectorSet& vector_set() {
#if defined(__x86_64__)
  switch (kernel_set()) {
    case KernelSet::kAvx512Popcnt:
    case KernelSet::kAvx512:
      return kVectorAvx512;
    case KernelSet::kAvx2:
      return kVectorAvx2;
    case KernelSet::kNeon:
    case KernelSet::kScalar:
      break;
  }
#endif
  return kVectorScalar;
}

Dims shape_argument(const Args& args, size_t i, const char* what) {
  Dims shape = args.integers(i, what, kMaxRank, 0, kMaxElements);
  int64_t product = 1;
  for (const int64_t size : shape) {
    // The product of the non-zero sizes is bounded too, so that no stride overflows.
    if (size > 0) {
      args.require(product <= kMaxElements / size, "%s must describe at most 2^40 elements", what);
      product *= size;
    }
  }
  return shape;
}

int64_t element_count(const Dims& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

const char* type_name(napi_typedarray_type type) {
  return type == napi_float32_array ? "Float32Array" : (type == napi_int32_array ? "Int32Array" : "Uint8Array");
}

AnySpan tensor_like(const Args& args, size_t i, const char* what, const AnySpan& like, int64_t size) {
  const AnySpan span = args.any(i, what);
  args.require(span.type == like.type, "%s must be a %s, got a %s", what, type_name(like.type), type_name(span.type));
  args.require(span.size == static_cast<size_t>(size), "%s must have length %lld, got %zu", what, static_cast<long long>(size), span.size);
  return span;
}

}  // namespace onebit
