#if defined(__x86_64__)
// The headers come before the pragma: functions they define must not be compiled for AVX.
#include <cstddef>
#include <cstdint>

#include "vector/kernels.h"

#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi,bmi2")

namespace onebit {
namespace {

constexpr int kLanes = 8;  // floats per vector

#include "vector/math.inc"
#include "vector/elementwise.inc"
#include "vector/binary_ops.inc"
#include "vector/reduce.inc"
#include "vector/normalize.inc"
#include "vector/pool.inc"
#include "vector/training.inc"
#include "vector/set.inc"

}  // namespace

const VectorSet kVectorAvx2 = kSet;

}  // namespace onebit

#pragma GCC pop_options
#endif
