// The instructions every CPU of the architecture has (x86-64: SSE2).
#include <cstdint>

#include "bits/kernels.h"
#include "conv/scratch.h"

namespace onebit {
namespace {

constexpr int kWidth = 4;
#include "bits/lanes.inc"
#include "bits/four_lanes.inc"

inline uint32_t bits_of(Mask mask) {
#if defined(__SSE__)
  return static_cast<uint32_t>(__builtin_ia32_movmskps(reinterpret_cast<FVec>(mask)));
#else
  mask &= IVec{1, 2, 4, 8};
  return static_cast<uint32_t>(mask[0] | mask[1] | mask[2] | mask[3]);
#endif
}

inline BVec spread(const uint8_t* bits) {
  typedef uint64_t Eight __attribute__((vector_size(16)));
  // Each byte eight times, then bit i of copy i.
  const Eight copies = Eight{bits[0], bits[1]} * 0x0101010101010101u & 0x8040201008040201u;
  return reinterpret_cast<BVec>(reinterpret_cast<BVec>(copies) != 0);
}

#include "bits/pack.inc"
#include "bits/unpack.inc"
#include "bits/filter.inc"
#include "bits/combine.inc"
#include "bits/count.inc"
#include "bits/table.inc"

}  // namespace

const BitsKernels kBitsScalar = kTable;

}  // namespace onebit
