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

#include "avx512.inc"

inline Vec count(Vec counter, Vec v) { return counter + reinterpret_cast<Vec>(_mm512_popcnt_epi32(reinterpret_cast<__m512i>(v))); }
inline Vec widen(Vec counter) { return counter; }

/// Counts below 2^15 are multiplied and added in one instruction, by the products of 16-bit numbers that VNNI adds up.
inline Vec combine(Vec constant, Vec carries, Vec rest, int32_t factor, int64_t depth) {
  constexpr int64_t kMaxDepth = ((1 << 15) - 1) / 16;  // a pair of words has at most 32 carries
  if (depth > kMaxDepth) return constant + factor * (2 * carries + rest);
  const __m512i once = _mm512_set1_epi32(factor & 0xffff), twice = _mm512_set1_epi32(2 * factor & 0xffff);
  const __m512i sum = _mm512_dpwssd_epi32(reinterpret_cast<__m512i>(constant), reinterpret_cast<__m512i>(carries), twice);
  return reinterpret_cast<Vec>(_mm512_dpwssd_epi32(sum, reinterpret_cast<__m512i>(rest), once));
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
