// The instructions every CPU of the architecture has (x86-64: SSE2).
#include <cstddef>
#include <cstdint>

#include "vector/kernels.h"

namespace onebit {
namespace {

constexpr int kLanes = 4;  // floats per vector

#include "vector/math.inc"
#include "vector/elementwise.inc"
#include "vector/binary_ops.inc"
#include "vector/reduce.inc"
#include "vector/normalize.inc"
#include "vector/pool.inc"
#include "vector/training.inc"
#include "vector/set.inc"

}  // namespace

const VectorSet kVectorScalar = kSet;

}  // namespace onebit

