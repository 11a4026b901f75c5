#include <utility>

#include "binary_kernels.h"
#include "conv/gemm_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx2,fma,popcnt")

namespace onebit {
namespace {

constexpr int kWidth = 8;
constexpr int kMaxRows = 4;        // 4 x 2 counters of 16 registers
constexpr int64_t kSegment = 31;  // a byte counts up to 255, each step adds at most 8

typedef int32_t Part __attribute__((vector_size(32)));

/// Counts per byte: each half byte looks its count up in a table of 16.
inline Part accumulate(Part part, Part bits) {
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i half = _mm256_set1_epi8(15);
  const __m256i x = reinterpret_cast<__m256i>(bits);
  const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(x, half));
  const __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), half));
  return reinterpret_cast<Part>(_mm256_add_epi8(reinterpret_cast<__m256i>(part), _mm256_add_epi8(low, high)));
}
inline Part widen(Part part) {
  const __m256i pairs = _mm256_maddubs_epi16(reinterpret_cast<__m256i>(part), _mm256_set1_epi8(1));
  return reinterpret_cast<Part>(_mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

// NGE, unordered: true for negative numbers and NaN, false for both zeros.
inline uint32_t sign_bits(const float* from) {
  return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(from), _mm256_setzero_ps(), _CMP_NGE_UQ)));
}
inline uint32_t positive_bits(const float* from) {
  return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(from), _mm256_setzero_ps(), _CMP_GT_OQ)));
}

#include "binary_kernels.inc"

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
