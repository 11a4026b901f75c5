// AVX-512 without VPOPCNTDQ: Skylake-X, Cascade Lake.
#include <utility>

#include "binary_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,popcnt,prefer-vector-width=512")

namespace onebit {
namespace {

constexpr int kWidth = 16;
constexpr int kMaxRows = 6;       // 6 x 4 counters of 32 registers
constexpr int kLevels = 3;        // 25 instructions for 8 words; one level more would save 10 % of them, but not fit into the registers
constexpr int64_t kSegment = 31;  // a byte counts up to 255, each step adds at most 8

#include "avx512.inc"

/// Counts per byte: each half byte looks its count up in a table of 16.
inline Vec count(Vec counter, Vec v) {
  const __m512i table = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
  const __m512i half = _mm512_set1_epi8(15);
  const __m512i x = reinterpret_cast<__m512i>(v);
  const __m512i low = _mm512_shuffle_epi8(table, _mm512_and_si512(x, half));
  const __m512i high = _mm512_shuffle_epi8(table, _mm512_and_si512(_mm512_srli_epi16(x, 4), half));
  return reinterpret_cast<Vec>(_mm512_add_epi8(reinterpret_cast<__m512i>(counter), _mm512_add_epi8(low, high)));
}
inline Vec widen(Vec counter) {
  const __m512i pairs = _mm512_maddubs_epi16(reinterpret_cast<__m512i>(counter), _mm512_set1_epi8(1));
  return reinterpret_cast<Vec>(_mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
}

#include "unfused.inc"
#include "kernels.inc"

}  // namespace

const BinaryKernels& binary_avx512() {
  static const BinaryKernels kernels = make_kernels();
  return kernels;
}

}  // namespace onebit

#pragma GCC pop_options
#else
namespace onebit {
const BinaryKernels& binary_avx512() { return binary_scalar(); }
}  // namespace onebit
#endif
