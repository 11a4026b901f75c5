#include <utility>

#include "binary_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx2,fma,popcnt")

namespace onebit {
namespace {

constexpr int kWidth = 8;
constexpr int kMaxRows = 4;  // 4 pairs of counters, their words and the tables of 16 registers
// A second level would save 8 % of the instructions of deep layers (13 for two words, 24 for four), but costs 10 % of shallow ones, which end with
// one count more and leave words over.
constexpr int kLevels = 1;
constexpr int64_t kSegment = 31;  // a byte counts up to 255, each step adds at most 8

#include "portable.inc"

inline FVec rounded(FVec v) {
  asm("" : "+x"(v));
  return v;
}

/// Counts per byte: each half byte looks its count up in a table of 16.
inline Vec count(Vec counter, Vec v) {
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i half = _mm256_set1_epi8(15);
  const __m256i x = reinterpret_cast<__m256i>(v);
  const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(x, half));
  const __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), half));
  return reinterpret_cast<Vec>(_mm256_add_epi8(reinterpret_cast<__m256i>(counter), _mm256_add_epi8(low, high)));
}
inline Vec widen(Vec counter) {
  const __m256i pairs = _mm256_maddubs_epi16(reinterpret_cast<__m256i>(counter), _mm256_set1_epi8(1));
  return reinterpret_cast<Vec>(_mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

#include "unfused.inc"
#include "kernels.inc"

}  // namespace

const BinaryKernels& binary_avx2() {
  static const BinaryKernels kernels = make_kernels();
  return kernels;
}

}  // namespace onebit

#pragma GCC pop_options
#else
namespace onebit {
const BinaryKernels& binary_avx2() { return binary_scalar(); }
}  // namespace onebit
#endif
