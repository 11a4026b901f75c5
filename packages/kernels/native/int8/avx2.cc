// AVX2: two products of 16-bit numbers per lane, which cannot saturate as the 8-bit instruction would.
#include <utility>

#include "int8/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx2,fma")

namespace onebit {
namespace {

constexpr int kMaxRows = 6;
constexpr bool kOffsetElements = false;
typedef int16_t Element;

#include "conv/avx2.inc"
#include "int8/vectors.inc"

inline Ints multiply_add(Ints sum, Ints activations, Ints weights) {
  return sum + reinterpret_cast<Ints>(_mm256_madd_epi16(reinterpret_cast<__m256i>(activations), reinterpret_cast<__m256i>(weights)));
}

#include "int8/kernels.inc"

}  // namespace

const Int8Kernels& int8_avx2() {
  static const Int8Kernels kernels = make_kernels();
  return kernels;
}

}  // namespace onebit

#pragma GCC pop_options
#else
namespace onebit {
const Int8Kernels& int8_avx2() { return int8_scalar(); }
}  // namespace onebit
#endif
