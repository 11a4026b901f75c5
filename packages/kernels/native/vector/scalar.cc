// The instructions every CPU of the architecture has (x86-64: SSE2).
#include <cstddef>
#include <cstdint>

#include "vector/kernels.h"

namespace onebit {
namespace {

constexpr int kLanes = 4;  // floats per vector

typedef int32_t ByteLanes __attribute__((vector_size(16)));  // bytes as numbers of 32 bits
inline ByteLanes read_byte_lanes(const uint8_t* from) { return ByteLanes{from[0], from[1], from[2], from[3]}; }
inline void write_byte_lanes(ByteLanes v, uint8_t* to) {
  for (int l = 0; l < kLanes; l++) to[l] = static_cast<uint8_t>(v[l]);
}
#if defined(__x86_64__)
#define ONEBIT_STREAM_STORE __builtin_ia32_movntps
#endif

#include "vector/math.inc"
#include "vector/elementwise.inc"
#include "vector/binary_ops.inc"
#include "vector/reduce.inc"
#include "vector/stream.inc"
#include "vector/normalize.inc"
#include "vector/pool.inc"
#include "vector/training.inc"
#include "vector/boxes.inc"
#include "vector/l2_normalize.inc"
#include "vector/soft_levels.inc"
#include "vector/residual.inc"
#include "vector/set.inc"

}  // namespace

const VectorSet kVectorScalar = kSet;

}  // namespace onebit

