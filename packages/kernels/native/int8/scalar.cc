// The base line of every machine: 32-bit products in vectors of four.
#include <cstring>
#include <utility>

#include "dispatch.h"
#include "int8/kernels.h"

namespace onebit {
namespace {

constexpr int kMaxRows = 6;
constexpr bool kOffsetElements = false;
typedef int32_t Element;

#include "conv/portable.inc"
#include "int8/vectors.inc"

inline Ints multiply_add(Ints sum, Ints activations, Ints weights) { return sum + activations * weights; }

#include "int8/kernels.inc"

}  // namespace

const Int8Kernels& int8_scalar() {
  static const Int8Kernels kernels = make_kernels();
  return kernels;
}

const Int8Kernels& int8_kernels() {
  switch (kernel_set()) {
    case KernelSet::kAvx512Popcnt:
      return int8_avx512_vnni();
    case KernelSet::kAvx512:
      return int8_avx512();
    case KernelSet::kAvx2:
      return int8_avx2();
    case KernelSet::kNeon:
    case KernelSet::kScalar:
      break;
  }
  return int8_scalar();
}

}  // namespace onebit
