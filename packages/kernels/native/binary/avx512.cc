#include <utility>

#include "binary_kernels.h"
#include "conv/gemm_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512vpopcntdq,avx2,fma,popcnt,prefer-vector-width=512")

namespace onebit {
namespace {

constexpr int kWidth = 16;
constexpr int kMaxRows = 10;  // 10 x 2 counters of 32 registers; xor, count and add take their operands from the rest
constexpr int64_t kSegment = int64_t{1} << 40;

typedef int32_t Part __attribute__((vector_size(64)));

inline Part accumulate(Part part, Part bits) {
  return part + reinterpret_cast<Part>(_mm512_popcnt_epi32(reinterpret_cast<__m512i>(bits)));
}
inline Part widen(Part part) { return part; }

// NGE, unordered: true for negative numbers and NaN, false for both zeros.
inline uint32_t sign_bits(const float* from) {
  return _mm512_cmp_ps_mask(_mm512_loadu_ps(from), _mm512_setzero_ps(), _CMP_NGE_UQ);
}
inline uint32_t positive_bits(const float* from) {
  return _mm512_cmp_ps_mask(_mm512_loadu_ps(from), _mm512_setzero_ps(), _CMP_GT_OQ);
}

#include "binary_kernels.inc"

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
