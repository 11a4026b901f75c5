// AVX-512 with VNNI (Ice Lake, Zen 4): four products of unsigned activations and signed weights per lane and instruction, exact in 32 bits.
#include <utility>

#include "int8/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,prefer-vector-width=512")

namespace onebit {
namespace {

constexpr int kMaxRows = 14;
constexpr bool kOffsetElements = true;
typedef uint8_t Element;

#include "conv/avx512.inc"
#include "int8/vectors.inc"

inline Ints multiply_add(Ints sum, Ints activations, Ints weights) {
  return reinterpret_cast<Ints>(_mm512_dpbusd_epi32(reinterpret_cast<__m512i>(sum), reinterpret_cast<__m512i>(activations),
                                                    reinterpret_cast<__m512i>(weights)));
}

#include "int8/kernels.inc"

}  // namespace

const Int8Kernels& int8_avx512_vnni() {
  static const Int8Kernels kernels = make_kernels();
  return kernels;
}

}  // namespace onebit

#pragma GCC pop_options
#else
namespace onebit {
const Int8Kernels& int8_avx512_vnni() { return int8_scalar(); }
}  // namespace onebit
#endif
