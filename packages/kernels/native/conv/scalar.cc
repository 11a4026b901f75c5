#include <algorithm>
#include <cstring>
#include <utility>

#include "dispatch.h"
#include "gemm_kernels.h"

// No instruction beyond the compiler's base line (SSE2 on x86-64): four-float vectors, which any compiler target can lower.
namespace onebit {
namespace {

constexpr int kMaxRows = 6;

#include "portable.inc"

inline void copy_floats(const float* from, int64_t n, float* to) { std::memcpy(to, from, static_cast<size_t>(n) * 4); }

inline Vec4 load_lanes(const float* from, int64_t) {
  Vec4 v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
inline Vec4 interleave_low(Vec4 a, Vec4 b) { return Vec4{a[0], b[0], a[1], b[1]}; }
inline Vec4 interleave_high(Vec4 a, Vec4 b) { return Vec4{a[2], b[2], a[3], b[3]}; }
inline Vec4 join_low(Vec4 a, Vec4 b) { return Vec4{a[0], a[1], b[0], b[1]}; }
inline Vec4 join_high(Vec4 a, Vec4 b) { return Vec4{a[2], a[3], b[2], b[3]}; }

#include "depthwise.inc"
#include "gemm_kernels.inc"

}  // namespace

const GemmKernels& gemm_scalar() {
  static const GemmKernels kernels = make_kernels();
  return kernels;
}

const GemmKernels& gemm_kernels() {
  switch (kernel_set()) {
    case KernelSet::kAvx512Popcnt:
    case KernelSet::kAvx512:
      return gemm_avx512();
    case KernelSet::kAvx2:
      return gemm_avx2();
    case KernelSet::kNeon:
    case KernelSet::kScalar:
      break;
  }
  return gemm_scalar();
}

}  // namespace onebit
