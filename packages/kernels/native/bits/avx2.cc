#if defined(__x86_64__)
#include <immintrin.h>

#include <cstdint>

#include "bits/kernels.h"
#include "conv/scratch.h"

#pragma GCC push_options
#pragma GCC target("avx2,fma,popcnt,bmi,bmi2")

namespace onebit {
namespace {

constexpr int kWidth = 8;
#include "bits/lanes.inc"

using Mask = IVec;

inline Mask not_at_least(FVec a, FVec b) { return reinterpret_cast<IVec>(_mm256_cmp_ps(a, b, _CMP_NGE_UQ)); }
inline Mask above(FVec a, FVec b) { return reinterpret_cast<IVec>(_mm256_cmp_ps(a, b, _CMP_GT_OQ)); }
inline uint32_t bits_of(Mask mask) { return static_cast<uint32_t>(_mm256_movemask_ps(reinterpret_cast<__m256>(mask))); }
inline IVec with_bit(IVec words, Mask mask, int32_t bit) { return words | (mask & bit); }

class Part {
 public:
  explicit Part(int64_t count) : lanes_(IVec{0, 1, 2, 3, 4, 5, 6, 7} < static_cast<int32_t>(count)) {}
  FVec load(const float* from) const { return _mm256_maskload_ps(from, reinterpret_cast<__m256i>(lanes_)); }
  void store(float* to, FVec values) const { _mm256_maskstore_ps(to, reinterpret_cast<__m256i>(lanes_), values); }

 private:
  IVec lanes_;
};

inline BVec spread(const uint8_t* bits) {
  uint32_t word;
  __builtin_memcpy(&word, bits, sizeof word);
  const __m256i copies = _mm256_shuffle_epi8(_mm256_set1_epi32(static_cast<int32_t>(word)),
                                             _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303));
  const __m256i bit = _mm256_set1_epi64x(static_cast<int64_t>(0x8040201008040201));
  return reinterpret_cast<BVec>(_mm256_cmpeq_epi8(_mm256_and_si256(copies, bit), bit));
}

#include "bits/pack.inc"
#include "bits/unpack.inc"
#include "bits/filter.inc"
#include "bits/combine.inc"
#include "bits/count.inc"
#include "bits/table.inc"

}  // namespace

const BitsKernels kBitsAvx2 = kTable;

}  // namespace onebit

#pragma GCC pop_options
#endif
