#if defined(__x86_64__)
// The headers come before the pragma: functions they define must not be compiled for AVX.
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "vector/kernels.h"

#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi,bmi2")

namespace onebit {
namespace {

constexpr int kLanes = 8;  // floats per vector

using ByteLanes = __m256i;  // bytes as numbers of 32 bits
inline ByteLanes read_byte_lanes(const uint8_t* from) { return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))); }
inline void write_byte_lanes(ByteLanes v, uint8_t* to) {
  const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_packus_epi16(words, words));
}
#define ONEBIT_STREAM_STORE __builtin_ia32_movntps256

#include "vector/math.inc"
#include "vector/elementwise.inc"
#include "vector/binary_ops.inc"
#include "vector/reduce.inc"
#include "vector/stream.inc"
#include "vector/normalize.inc"
#include "vector/pool.inc"
#include "vector/training.inc"
#include "vector/boxes.inc"
#include "vector/l2_normalize.inc"
#include "vector/soft_levels.inc"
#include "vector/residual.inc"
#include "vector/set.inc"

}  // namespace

const VectorSet kVectorAvx2 = kSet;

}  // namespace onebit

#pragma GCC pop_options
#endif
