#include <utility>

#include "binary_kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>

namespace onebit {
namespace {

constexpr int kWidth = 4;
constexpr int kMaxRows = 8;  // a divisor of kPanelPixels; 8 x 2 counters of 32 registers
// A pair of words takes 2 xors, a xor and a bit select for the carry, a count and an addition: as many as two words without carries, but half of the
// counts. A second level would take 14 instructions for two pairs in place of 12.
constexpr int kLevels = 1;
constexpr int64_t kSegment = 31;  // a byte counts up to 255, each step adds at most 8

#include "portable.inc"

inline FVec rounded(FVec v) {
  asm("" : "+w"(v));
  return v;
}

inline Vec count(Vec counter, Vec v) {
  const uint8x16_t bits = vcntq_u8(reinterpret_cast<uint8x16_t>(v));
  return reinterpret_cast<Vec>(vaddq_u8(reinterpret_cast<uint8x16_t>(counter), bits));
}
inline Vec widen(Vec counter) { return reinterpret_cast<Vec>(vpaddlq_u16(vpaddlq_u8(reinterpret_cast<uint8x16_t>(counter)))); }

#include "unfused.inc"
#include "kernels.inc"

}  // namespace

const BinaryKernels& binary_neon() {
  static const BinaryKernels kernels = make_kernels();
  return kernels;
}

}  // namespace onebit
#else
namespace onebit {
const BinaryKernels& binary_neon() { return binary_scalar(); }
}  // namespace onebit
#endif
