#include <algorithm>
#include <cstring>
#include <utility>

#include "gemm_kernels.h"

// The compiler makes NEON of four-float vectors by itself, the fused multiply-add included; what differs from the base line is the tile.
#if defined(__aarch64__)
namespace onebit {
namespace {

constexpr int kMaxRows = 12;  // 12 x 2 sums of 32 registers

#include "portable.inc"
#include "four_lanes.inc"
#include "depthwise.inc"
#include "gemm_kernels.inc"

}  // namespace

const GemmKernels& gemm_neon() {
  static const GemmKernels kernels = make_kernels();
  return kernels;
}

}  // namespace onebit
#else
namespace onebit {
const GemmKernels& gemm_neon() { return gemm_scalar(); }
}  // namespace onebit
#endif
