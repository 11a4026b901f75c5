#pragma once
// The packed input of a band of output pixels, laid out so that neighbouring output pixels find the words under a tap side by side.

#include <cstdint>
#include <vector>

#include "conv/geometry.h"

namespace onebit {

/// A rectangle of output pixels of one image.
struct Band {
  int64_t image;
  int64_t row, rows;
  int64_t column, columns;
};

/// One axis of a band: input positions are sorted by their phase (position modulo stride, as far as taps see it), so that output i finds what tap k
/// reads in cell i + shift[k] of slot[k], whatever stride and dilation are.
struct PlaneAxis {
  PlaneAxis(int64_t in, int64_t kernel, int64_t stride, int64_t dilation, int64_t pad, int64_t first, int64_t outputs);

  /// Input position of a cell; outside [0, in) on the padding.
  int64_t position(int64_t which, int64_t cell) const { return origin[static_cast<size_t>(which)] + cell * stride; }
  int64_t slots() const { return static_cast<int64_t>(origin.size()); }

  int64_t in, stride;
  int64_t cells;                // per slot
  std::vector<int64_t> origin;  // position of cell 0, per slot
  std::vector<int64_t> slot;    // per tap; -1 where all outputs of the band see the padding
  std::vector<int64_t> shift;   // per tap
};

/// Planes of one group: a word of all cells [row slot, row cell, column slot, column cell] per word of a pixel, zero bits on the padding; behind
/// them zeros for the taps that see nothing else, if there are such taps.
class BitPlanes {
 public:
  BitPlanes(const Conv2dGeometry& g, const Band& band);

  /// Words that `fill` writes; whole vectors may be read from any cell, hence some more.
  int64_t size() const { return size_; }
  /// Per word of a dot product (taps, then words of a pixel): distance of the first output pixel's cell from the beginning.
  const int64_t* offsets() const { return offsets_.data(); }
  int64_t depth() const { return static_cast<int64_t>(offsets_.size()); }
  /// Cells from one output row to the next.
  int64_t row_pitch() const { return row_pitch_; }

  /// x: packed activations [N, H, W, words] of all groups.
  void fill(const int32_t* x, int64_t group, int32_t* planes) const;

 private:
  const Conv2dGeometry& g_;
  int64_t image_;
  int64_t words_;
  PlaneAxis rows_, columns_;
  struct Inside {
    int64_t begin, end;  // cells
  };
  std::vector<Inside> inside_;  // the cells of each column slot that lie inside the input
  int64_t row_pitch_, plane_, zeros_, size_;
  std::vector<int64_t> offsets_;
};

}  // namespace onebit
