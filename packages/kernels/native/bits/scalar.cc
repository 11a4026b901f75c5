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
  mask &= IVec{1, 2, 4, 8};
  return static_cast<uint32_t>(mask[0] | mask[1] | mask[2] | mask[3]);
}
inline IVec with_bit(IVec words, Mask mask, int32_t bit) { return words | (mask & bit); }

class Part {
 public:
  explicit Part(int64_t count) : count_(count) {}
  FVec load(const float* from) const {
    FVec values{};
    for (int64_t i = 0; i < count_; i++) values[i] = from[i];
    return values;
  }
  void store(float* to, FVec values) const {
    for (int64_t i = 0; i < count_; i++) to[i] = values[i];
  }

 private:
  int64_t count_;
};

#include "bits/pack.inc"
#include "bits/unpack.inc"
#include "bits/filter.inc"
#include "bits/table.inc"

}  // namespace

const BitsKernels kBitsScalar = kTable;

}  // namespace onebit
