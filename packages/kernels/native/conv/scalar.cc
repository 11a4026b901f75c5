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
#include "four_lanes.inc"
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
      return gemm_neon();
    case KernelSet::kScalar:
      break;
  }
  return gemm_scalar();
}

}  // namespace onebit
