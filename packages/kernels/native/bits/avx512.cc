#if defined(__x86_64__)
#include <immintrin.h>

#include <cstdint>

#include "bits/kernels.h"
#include "conv/scratch.h"

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,popcnt,bmi,bmi2,prefer-vector-width=512")

namespace onebit {
namespace {

constexpr int kWidth = 16;
#include "bits/lanes.inc"

using Mask = __mmask16;

inline Mask not_at_least(FVec a, FVec b) { return _mm512_cmp_ps_mask(a, b, _CMP_NGE_UQ); }
inline Mask above(FVec a, FVec b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ); }
inline uint32_t bits_of(Mask mask) { return mask; }
inline IVec with_bit(IVec words, Mask mask, int32_t bit) {
  const auto from = reinterpret_cast<__m512i>(words);
  return reinterpret_cast<IVec>(_mm512_mask_or_epi32(from, mask, from, _mm512_set1_epi32(bit)));
}

class Part {
 public:
  explicit Part(int64_t count) : lanes_(static_cast<__mmask16>((1u << count) - 1)) {}
  FVec load(const float* from) const { return _mm512_maskz_loadu_ps(lanes_, from); }
  void store(float* to, FVec values) const { _mm512_mask_storeu_ps(to, lanes_, values); }

 private:
  __mmask16 lanes_;
};

inline BVec spread(const uint8_t* bits) {
  __mmask64 mask;
  __builtin_memcpy(&mask, bits, sizeof mask);
  return reinterpret_cast<BVec>(_mm512_movm_epi8(mask));
}

#include "bits/pack.inc"
#include "bits/unpack.inc"
#include "bits/filter.inc"
#include "bits/combine.inc"
#include "bits/count.inc"
#include "bits/table.inc"

}  // namespace

const BitsKernels kBitsAvx512 = kTable;

}  // namespace onebit

#pragma GCC pop_options
#endif
