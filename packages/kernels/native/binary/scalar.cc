// The base line of every machine: 128-bit vectors as the compiler makes them, without instructions that count bits or look up.
#include <utility>

#include "binary_kernels.h"
#include "dispatch.h"

namespace onebit {
namespace {

constexpr int kWidth = 4;
constexpr int kMaxRows = 3;  // a divisor of kPanelPixels; 3 x 4 counters of 16 registers
constexpr int kLevels = 3;   // a count is a dozen instructions
constexpr int64_t kSegment = 31;  // a byte counts up to 255, each step adds at most 8

#include "portable.inc"

inline FVec rounded(FVec v) {
#if defined(__aarch64__)
  asm("" : "+w"(v));  // x86-64 has nothing to fuse with
#endif
  return v;
}

inline Vec count(Vec counter, Vec v) {
  typedef uint32_t Bits __attribute__((vector_size(4 * kWidth)));
  Bits x = reinterpret_cast<Bits>(v);
  x -= (x >> 1) & 0x55555555u;
  x = (x & 0x33333333u) + ((x >> 2) & 0x33333333u);
  x = (x + (x >> 4)) & 0x0f0f0f0fu;
  return reinterpret_cast<Vec>(reinterpret_cast<Bits>(counter) + x);  // the highest byte reaches the sign
}
inline Vec widen(Vec counter) {
  typedef uint32_t Bits __attribute__((vector_size(4 * kWidth)));
  const Bits bytes = reinterpret_cast<Bits>(counter);
  const Bits pairs = (bytes & 0x00ff00ffu) + ((bytes >> 8) & 0x00ff00ffu);
  return reinterpret_cast<Vec>((pairs & 0xffffu) + (pairs >> 16));
}

#include "unfused.inc"
#include "kernels.inc"

}  // namespace

const BinaryKernels& binary_scalar() {
  static const BinaryKernels kernels = make_kernels();
  return kernels;
}

const BinaryKernels& binary_kernels() {
  switch (kernel_set()) {
    case KernelSet::kAvx512Popcnt:
      return binary_avx512_vpopcnt();
    case KernelSet::kAvx512:
      return binary_avx512();
    case KernelSet::kAvx2:
      return binary_avx2();
    case KernelSet::kNeon:
      return binary_neon();
    case KernelSet::kScalar:
      break;
  }
  return binary_scalar();
}

}  // namespace onebit
