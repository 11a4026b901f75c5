#pragma once
// The innermost loops of binary convolution, one table per kernel set. A word holds 32 channels; one 32-bit lane of a vector counts for one output
// channel, so the blocking of a float matrix product serves bits, with words in the place of floats.
//
// Words are kept in the "running basis" of a dot product of `depth` words: of each pair of neighbouring words (the first word of an odd depth stands
// alone) the first is kept as it is, the second is replaced by the XOR of all words up to and including it. The change is linear, so activations
// and weights may be changed by themselves. With s = the difference of the running words before a pair, a = that of the pair's first word and
// t = that of the running words behind it, the three bits that a carry-save adder would add are s, a and s ^ a ^ t: its sum is t, for free, and its
// carry is their majority, one instruction of three operands. At the end mismatches = 2 * popcount(carries) + popcount(t).

#include <cstddef>
#include <cstdint>

#include "transform.h"

namespace onebit {

/// Pixels of a panel: a multiple of the rows of all tiles, and so few that a panel of 512 channels x 9 taps and a sliver of its filter share a
/// level-1 cache of 48 KB.
constexpr int64_t kPanelPixels = 24;
constexpr int kMaxTileRows = 12;

/// Whether word p of a dot product of `depth` words is kept as the XOR of all words up to it.
inline bool is_running(int64_t p, int64_t depth) { return ((depth - p) & 1) != 0; }

/// A tile: some pixels of a panel by one sliver of output channels.
struct TileArgs {
  int64_t depth;          // words of a dot product
  const int32_t* panel;   // [depth, kPanelPixels], at the tile's first pixel
  const int32_t* sliver;  // [depth, width]
  int64_t column;         // first output channel, counted from where `constants` and `rows` point
  int64_t columns;        // channels to write, at most width
  int32_t factor;         // dot = constants[pixel][channel] + factor * mismatches
  const int32_t* const* constants;
  void* const* rows;     // per pixel, int32 or float
  const float* scale;    // floats only, per output channel: y = scale * dot; null means 1
  bool add;              // floats only: y += scale * dot
  const float* offset;   // floats only: added last; null means none
};
using Tile = void (*)(const TileArgs& args);

/// A run of neighbouring output pixels in one row.
struct PanelRun {
  const int32_t* cells;  // cell of the run's first pixel under tap 0, in plane 0
  int64_t first;         // pixel of the panel
  int64_t pixels;
};

struct BinaryKernels {
  int width;     // output channels of a sliver: 32-bit lanes of a vector
  int max_rows;  // pixels of the largest tile
  /// tile[as float][rows - 1]
  Tile tile[2][kMaxTileRows];
  /// write_counts[as float]: the end of a tile for mismatches [pixels, columns] counted elsewhere (slice.h); columns a multiple of width.
  void (*write_counts[2])(const TileArgs& args, int64_t pixels, const uint16_t* counts);
  /// Writes a run into a panel: word p of pixel i is cells[i + offsets[p]], in the running basis.
  void (*fill_panel)(const PanelRun& run, const int64_t* offsets, int64_t depth, int32_t* panel);
  /// Lays one word of `columns` output channels (a multiple of width) into slivers `step` words apart: the word itself or, where `is_running`, the XOR
  /// with all words before, which `running` keeps; adds the number of set bits to `negative`.
  void (*lay_filter_row)(const int32_t* row, int64_t columns, bool is_running, int32_t* running, int32_t* negative, int32_t* slivers, int64_t step);
  /// Transforms rows of `channels` values in place, `stride` apart; the operands stand at the first of these channels and of these pixels.
  void (*transform)(const OutputTransform& transform, int64_t pixels, int64_t channels, int64_t residual_stride, float* values, int64_t stride);
  void (*to_int8)(const float* values, int64_t count, float inverse_step, int32_t zero_point, int8_t* y);
};

const BinaryKernels& binary_scalar();
const BinaryKernels& binary_neon();
const BinaryKernels& binary_avx2();
const BinaryKernels& binary_avx512();
const BinaryKernels& binary_avx512_vpopcnt();
/// Those of the active kernel set.
const BinaryKernels& binary_kernels();

}  // namespace onebit
