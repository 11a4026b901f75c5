#include <utility>

#include "binary_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512vpopcntdq,avx512vbmi,avx512vnni,avx2,fma,popcnt,prefer-vector-width=512")

namespace onebit {
namespace {

constexpr int kWidth = 16;
constexpr int kMaxRows = 12;  // 12 pairs of counters take 24 of 32 registers
constexpr int kLevels = 1;
constexpr int64_t kSegment = 0;
constexpr bool kFused = true;

#include "avx512.inc"

inline Vec count(Vec counter, Vec v) { return counter + reinterpret_cast<Vec>(_mm512_popcnt_epi32(reinterpret_cast<__m512i>(v))); }
inline Vec widen(Vec counter) { return counter; }

// VNNI adds up products of 16-bit numbers: one instruction where a shift and an addition would be two. It also runs on the port that VPOPCNTD cannot
// use, which makes the ports' shares even: 5 % more than with a plain addition.
inline Vec weight(int32_t w) { return Vec{} + (w & 0xffff); }
inline Vec add_weighted(Vec sum, Vec v, Vec weight) {
  const __m512i counts = _mm512_popcnt_epi32(reinterpret_cast<__m512i>(v));
  return reinterpret_cast<Vec>(_mm512_dpwssd_epi32(reinterpret_cast<__m512i>(sum), counts, reinterpret_cast<__m512i>(weight)));
}

#include "kernels.inc"

}  // namespace

const BinaryKernels& binary_avx512_vpopcnt() {
  static const BinaryKernels kernels = make_kernels();
  return kernels;
}

}  // namespace onebit

#pragma GCC pop_options
#else
namespace onebit {
const BinaryKernels& binary_avx512_vpopcnt() { return binary_scalar(); }
}  // namespace onebit
#endif
