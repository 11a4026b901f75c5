#if defined(__x86_64__)
// The headers come before the pragma: functions they define must not be compiled for AVX.
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "vector/kernels.h"

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,bmi,bmi2,prefer-vector-width=512")

namespace onebit {
namespace {

constexpr int kLanes = 16;  // floats per vector

using ByteLanes = __m512i;  // bytes as numbers of 32 bits
inline ByteLanes read_byte_lanes(const uint8_t* from) { return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))); }
inline void write_byte_lanes(ByteLanes v, uint8_t* to) { _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_cvtepi32_epi8(v)); }
#define ONEBIT_STREAM_STORE __builtin_ia32_movntps512

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

const VectorSet kVectorAvx512 = kSet;

}  // namespace onebit

#pragma GCC pop_options
#endif
