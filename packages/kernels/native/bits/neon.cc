#if defined(__aarch64__)
#include <arm_neon.h>

#include <cstdint>

#include "bits/kernels.h"
#include "conv/scratch.h"

namespace onebit {
namespace {

constexpr int kWidth = 4;
#include "bits/lanes.inc"
#include "bits/four_lanes.inc"

/// There is no instruction that gathers signs: each lane keeps a bit of its own, and the lanes are added.
inline uint32_t bits_of(Mask mask) { return vaddvq_u32(vandq_u32(reinterpret_cast<uint32x4_t>(mask), uint32x4_t{1, 2, 4, 8})); }

inline BVec spread(const uint8_t* bits) {
  const uint8x16_t copies = vcombine_u8(vdup_n_u8(bits[0]), vdup_n_u8(bits[1]));
  return reinterpret_cast<BVec>(vtstq_u8(copies, uint8x16_t{1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128}));
}

#include "bits/pack.inc"
#include "bits/unpack.inc"
#include "bits/filter.inc"
#include "bits/combine.inc"
#include "bits/count.inc"
#include "bits/table.inc"

}  // namespace

const BitsKernels kBitsNeon = kTable;

}  // namespace onebit
#endif
