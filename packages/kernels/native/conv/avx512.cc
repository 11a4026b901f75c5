#include <algorithm>
#include <utility>

#include "gemm_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,prefer-vector-width=512")

namespace onebit {
namespace {

constexpr int kMaxRows = 14;

#include "avx512.inc"

inline void copy_floats(const float* from, int64_t n, float* to) {
  int64_t i = 0;
  for (; i + 16 <= n; i += 16) _mm512_storeu_ps(to + i, _mm512_loadu_ps(from + i));
  if (i < n) {
    const __mmask16 mask = static_cast<__mmask16>((1u << (n - i)) - 1);
    _mm512_mask_storeu_ps(to + i, mask, _mm512_maskz_loadu_ps(mask, from + i));
  }
}

inline __m512 load_lanes(const float* from, int64_t stride) {
  __m512 v = _mm512_castps128_ps512(_mm_loadu_ps(from));
  v = _mm512_insertf32x4(v, _mm_loadu_ps(from + 4 * stride), 1);
  v = _mm512_insertf32x4(v, _mm_loadu_ps(from + 8 * stride), 2);
  return _mm512_insertf32x4(v, _mm_loadu_ps(from + 12 * stride), 3);
}
inline __m512 interleave_low(__m512 a, __m512 b) { return _mm512_unpacklo_ps(a, b); }
inline __m512 interleave_high(__m512 a, __m512 b) { return _mm512_unpackhi_ps(a, b); }
inline __m512 join_low(__m512 a, __m512 b) { return _mm512_shuffle_ps(a, b, 0x44); }
inline __m512 join_high(__m512 a, __m512 b) { return _mm512_shuffle_ps(a, b, 0xee); }

#include "depthwise.inc"
#include "gemm_kernels.inc"

}  // namespace

const GemmKernels& gemm_avx512() {
  static const GemmKernels kernels = make_kernels();
  return kernels;
}

}  // namespace onebit

#pragma GCC pop_options
#else
namespace onebit {
const GemmKernels& gemm_avx512() { return gemm_scalar(); }
}  // namespace onebit
#endif
