// The instructions every CPU of the architecture has (x86-64: SSE2).
#include <cstdint>

#include "bits/kernels.h"
#include "conv/scratch.h"

namespace onebit {
namespace {

constexpr int kWidth = 4;
#include "bits/lanes.inc"

using Mask = IVec;

inline Mask not_at_least(FVec a, FVec b) { return ~(a >= b); }
inline Mask above(FVec a, FVec b) { return a > b; }
inline uint32_t bits_of(Mask mask) {
#if defined(__SSE__)
  return static_cast<uint32_t>(__builtin_ia32_movmskps(reinterpret_cast<FVec>(mask)));
#else
  mask &= IVec{1, 2, 4, 8};
  return static_cast<uint32_t>(mask[0] | mask[1] | mask[2] | mask[3]);
#endif
}
inline IVec with_bit(IVec words, Mask mask, int32_t bit) { return words | (mask & bit); }

class Part {
 public:
  explicit Part(int64_t count) : count_(count) {}
  // Lane by lane in registers: a vector put together in memory would wait for its own stores.
  FVec load(const float* from) const { return FVec{from[0], count_ > 1 ? from[1] : 0, count_ > 2 ? from[2] : 0, 0}; }
  void store(float* to, FVec values) const {
    to[0] = values[0];
    if (count_ > 1) to[1] = values[1];
    if (count_ > 2) to[2] = values[2];
  }

 private:
  int64_t count_;
};

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
