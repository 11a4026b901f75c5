#include <utility>

#include "binary_kernels.h"
#include "conv/gemm_kernels.h"
#include "dispatch.h"

namespace onebit {
namespace {

constexpr int kWidth = 4;
constexpr int kMaxRows = 4;
constexpr int64_t kSegment = 31;  // a byte counts up to 255, each step adds at most 8

typedef int32_t Part __attribute__((vector_size(16)));
typedef uint32_t Bits __attribute__((vector_size(16)));

/// Counts per byte, by sums of neighbouring fields of 1, 2 and 4 bits; the base line has no instruction that counts.
inline Part accumulate(Part part, Part bits) {
  Bits x = reinterpret_cast<Bits>(bits);
  x -= (x >> 1) & 0x55555555u;
  x = (x & 0x33333333u) + ((x >> 2) & 0x33333333u);
  x = (x + (x >> 4)) & 0x0f0f0f0fu;
  return part + reinterpret_cast<Part>(x);
}
inline Part widen(Part part) {
  const Bits bytes = reinterpret_cast<Bits>(part);
  const Bits pairs = (bytes & 0x00ff00ffu) + ((bytes >> 8) & 0x00ff00ffu);
  return reinterpret_cast<Part>((pairs & 0xffffu) + (pairs >> 16));
}

inline uint32_t sign_bits(const float* from) {
  uint32_t bits = 0;
  for (int i = 0; i < kWidth; i++) bits |= static_cast<uint32_t>(!(from[i] >= 0)) << i;
  return bits;
}
inline uint32_t positive_bits(const float* from) {
  uint32_t bits = 0;
  for (int i = 0; i < kWidth; i++) bits |= static_cast<uint32_t>(from[i] > 0) << i;
  return bits;
}

#include "binary_kernels.inc"

}  // namespace

const BinaryKernels& binary_scalar() {
  static const BinaryKernels kernels = make_kernels();
  return kernels;
}

const BinaryKernels& binary_kernels() {
  switch (kernel_set()) {
    case KernelSet::kAvx512Popcnt:
    case KernelSet::kAvx512:
      return binary_avx512();
    case KernelSet::kAvx2:
      return binary_avx2();
    case KernelSet::kNeon:
    case KernelSet::kScalar:
      break;
  }
  return binary_scalar();
}

}  // namespace onebit
