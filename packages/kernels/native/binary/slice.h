#pragma once
// Bit-sliced counting of mismatches: the fast path of binary convolutions with many output channels.
//
// A lane is ONE BIT of a vector and stands for one output channel, so a 512-bit vector ("plane") advances 512 dot products by one bit. Counts are
// kept bit-sliced: plane k holds bit k of every channel's count, and planes are added by full adders (two logic instructions each, no popcount).
//
// Inputs are taken three at a time (a "group"): for weights w1 w2 w3 and activations x1 x2 x3 the number of mismatches is 0 to 3, two bits, and each
// depends on the activations only through their 8 patterns. Both bits are therefore looked up, not computed: `prepare` stores for each group
//   8 planes   majority(w1 ^ t0, w2 ^ t1, w3 ^ t2), the bit of weight 2, one for each pattern t, and
//   2 planes   a parity of weights and its complement, the bit of weight 1.
// Three words of activations (three taps, say) are 32 groups, a "chunk". For the bits of weight 1 the parity of a group is not even added: where
// S = S_old ^ a ^ b, the carry of (S_old, a, b) is determined by S_old, a and S, and S is linear in the inputs, so a prefix parity of the weights
// is stored in place of b and one instruction finds the carry. Sums of three inputs thus cost 3.5 logic instructions on 512 lanes, about
// 1.2 for 512 bits, where xor, popcount and add cost 3.
#include <cstdint>

namespace onebit {

constexpr int64_t kSliceGroups = 32;                      // groups of a chunk: the bits of a word
constexpr int64_t kSlicePlanes = 10;                      // planes of a group
constexpr int64_t kSliceSelectors = 2 * kSliceGroups;     // bytes that select the planes of one pixel in one chunk
constexpr int kSliceMaxBits = 16;                         // counts are read as uint16

struct SliceKernels {
  /// Output channels of a block; 0 where the set has no such kernel.
  int64_t lanes;
  /// The table of one chunk, slice_table_bytes(lanes): words[w][o] is word w of the chunk of channel o.
  void (*prepare)(const int32_t* const words[3], uint8_t* table);
  /// Selectors of `pixels` pixels from their three words: selectors + kSliceSelectors * p.
  void (*select)(const int32_t* word0, const int32_t* word1, const int32_t* word2, int64_t pixels, uint8_t* selectors);
  /// Adds one chunk to the counts of `pixels` pixels. table: kSliceGroups * kSlicePlanes planes. state: slice_state_planes(bits) planes a pixel.
  void (*count)(const uint8_t* table, const uint8_t* selectors, int64_t pixels, int64_t chunk, int bits, uint8_t* state);
  /// The counts of one pixel after `chunks` chunks, [lanes].
  void (*read)(uint8_t* state, int64_t chunks, int bits, uint16_t* counts);
};

/// Bits of a count of up to `chunks` chunks of 96 inputs.
inline int slice_bits(int64_t chunks) {
  int bits = 7;
  while ((int64_t{1} << bits) <= 96 * chunks) bits++;
  return bits;
}
/// Planes of a pixel's counts: bits 0 to 6, a carry of weight 128 that waits for a second one, the bits above.
inline int64_t slice_state_planes(int bits) { return bits + 1; }
inline int64_t slice_table_bytes(int64_t lanes) { return kSliceGroups * kSlicePlanes * lanes / 8; }

/// From the parities of the 32 groups of a pixel: the prefix parity for even groups, the group's own for odd ones.
inline uint32_t slice_parities(uint32_t parity) {
  uint32_t prefix = parity;
  for (int shift = 1; shift < 32; shift *= 2) prefix ^= prefix << shift;
  return (prefix & 0x55555555u) | (parity & 0xAAAAAAAAu);
}

const SliceKernels& slice_avx512();
/// Those of the active kernel set.
const SliceKernels& slice_kernels();

}  // namespace onebit
