#include <algorithm>
#include <utility>

#include "gemm_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx2,fma")

namespace onebit {
namespace {

constexpr int kMaxRows = 6;

#include "avx2.inc"

inline void copy_floats(const float* from, int64_t n, float* to) {
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) _mm256_storeu_ps(to + i, _mm256_loadu_ps(from + i));
  for (; i < n; i++) to[i] = from[i];
}

inline __m256 load_lanes(const float* from, int64_t stride) {
  return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from)), _mm_loadu_ps(from + 4 * stride), 1);
}
inline __m256 interleave_low(__m256 a, __m256 b) { return _mm256_unpacklo_ps(a, b); }
inline __m256 interleave_high(__m256 a, __m256 b) { return _mm256_unpackhi_ps(a, b); }
inline __m256 join_low(__m256 a, __m256 b) { return _mm256_shuffle_ps(a, b, 0x44); }
inline __m256 join_high(__m256 a, __m256 b) { return _mm256_shuffle_ps(a, b, 0xee); }

#include "depthwise.inc"
#include "gemm_kernels.inc"

}  // namespace

const GemmKernels& gemm_avx2() {
  static const GemmKernels kernels = make_kernels();
  return kernels;
}

}  // namespace onebit

#pragma GCC pop_options
#else
namespace onebit {
const GemmKernels& gemm_avx2() { return gemm_scalar(); }
}  // namespace onebit
#endif
