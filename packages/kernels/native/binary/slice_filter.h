#pragma once
// Tables of a filter for the bit-sliced kernels (slice.h).

#include <cstdint>

#include "conv/geometry.h"
#include "slice.h"

namespace onebit {

/// How the output channels of one group are counted by the active kernel set: the first `blocks` times `lanes` bit-sliced, the others by tiles. Without
/// blocks there are no chunks, so that nothing is kept ready for them.
struct SlicePlan {
  explicit SlicePlan(const Conv2dGeometry& g);

  /// int32 words of all tables.
  int64_t words(const Conv2dGeometry& g) const { return g.groups * blocks * chunks * slice_table_bytes(lanes) / 4; }
  /// First table of a block; the tables of its chunks follow each other.
  const uint8_t* tables(const int32_t* base, int64_t group, int64_t block) const {
    return reinterpret_cast<const uint8_t*>(base) + (group * blocks + block) * chunks * slice_table_bytes(lanes);
  }

  int64_t lanes, blocks, chunks;
  int bits;
};

/// Makes the tables, plan.words(g) words at a multiple of 64 bytes, from a prepared filter (filter_panels.h).
void prepare_slices(const Conv2dGeometry& g, const int32_t* prepared, int32_t* tables);

}  // namespace onebit
