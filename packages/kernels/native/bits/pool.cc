#include "bits/pool.h"

#include <algorithm>

#include "bits/kernels.h"
#include "bits/windows.h"
#include "conv/scratch.h"
#include "thread_pool.h"

namespace onebit {
namespace {

/// Windows are pooled down the columns first, whole rows at a time, then along the row.
class BitPool {
 public:
  BitPool(const Conv2dGeometry& g, Levels levels, const int32_t* x, int32_t* y)
      : g_(g), words_(words_for(g.in_channels)), levels_(levels), x_(x), y_(y) {
    combine_ = bits_kernels().combine[levels == Levels::kPm1 ? kAnd : kOr];
  }

  void run() const {
    const int64_t row_words = std::max<int64_t>(1, g_.kernel_height * g_.in_width * words_);
    parallel_for(g_.batch * g_.out_height, std::max<int64_t>(1, 8192 / row_words), [this](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) pool_row(row / g_.out_height, row % g_.out_height, y_ + row * g_.out_width * words_);
    });
  }

 private:
  void pool_row(int64_t image, int64_t out_row, int32_t* y) const {
    clear(y);
    const int32_t* const cells = pool_columns(image, out_row);
    if (cells == nullptr) return;
    for (int64_t k = 0; k < g_.kernel_width; k++) {
      const int64_t offset = k * g_.dilation_width - g_.pad_left;
      const Range inside = outputs_inside(g_.in_width, g_.out_width, g_.stride_width, offset);
      if (inside.begin == inside.end) continue;
      int32_t* const to = y + inside.begin * words_;
      combine_(cells + (inside.begin * g_.stride_width + offset) * words_, g_.stride_width * words_, words_, inside.end - inside.begin, to, to);
    }
  }

  /// The value that loses against all others, in the bits that are channels.
  void clear(int32_t* y) const {
    const int32_t loser = levels_ == Levels::kPm1 ? -1 : 0;
    std::fill(y, y + g_.out_width * words_, loser);
    const int64_t used = g_.in_channels % 32;
    if (used == 0) return;
    for (int64_t p = 1; p <= g_.out_width; p++) y[p * words_ - 1] = loser & static_cast<int32_t>((1u << used) - 1);
  }

  /// [W, words]: the winners of the rows of the window; null where all lie outside.
  const int32_t* pool_columns(int64_t image, int64_t out_row) const {
    thread_local Scratch scratch;
    const int64_t length = g_.in_width * words_;
    const int32_t* cells = nullptr;
    for (int64_t k = 0; k < g_.kernel_height; k++) {
      const int64_t row = out_row * g_.stride_height + k * g_.dilation_height - g_.pad_top;
      if (row < 0 || row >= g_.in_height) continue;
      const int32_t* const from = x_ + (image * g_.in_height + row) * length;
      if (cells == nullptr) {
        cells = from;
      } else {
        int32_t* const winners = scratch.get<int32_t>(static_cast<size_t>(length));
        combine_(from, length, length, 1, cells, winners);
        cells = winners;
      }
    }
    return cells;
  }

  const Conv2dGeometry& g_;
  int64_t words_;
  Levels levels_;
  Combine combine_;
  const int32_t* x_;
  int32_t* y_;
};

}  // namespace

void max_pool_bits(const Conv2dGeometry& g, Levels levels, const int32_t* x, int32_t* y) { BitPool(g, levels, x, y).run(); }

}  // namespace onebit
