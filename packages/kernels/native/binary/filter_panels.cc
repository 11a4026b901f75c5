#include "filter_panels.h"

#include <algorithm>

#include "binary_kernels.h"
#include "bits/kernels.h"
#include "conv/scratch.h"
#include "thread_pool.h"

namespace onebit {
namespace {

/// Output channels that are laid out together: floats are read in pieces of rows long enough for the prefetcher, and one word of the words of
/// each of so many channels is a cache line that stays in the level-1 cache until all of it is used.
constexpr int64_t kColumns = 256;

int64_t depth_of(const Conv2dGeometry& g) { return g.kernel_height * g.kernel_width * words_for(g.group_in()); }

/// read(p, column, columns, row): word p of `columns` output channels from `column` on.
template <class Read>
void prepare(const Conv2dGeometry& g, int32_t* prepared, const Read& read) {
  const BinaryKernels& kernels = binary_kernels();
  const int64_t depth = depth_of(g), words = words_for(g.group_in()), blocks = (g.group_out() + kColumns - 1) / kColumns;
  const int64_t per_group = group_words(g);
  int32_t* const sums = prepared + g.groups * per_group;
  parallel_for(g.groups * blocks, 1, [&](int64_t begin, int64_t end) {
    alignas(64) int32_t row[kColumns] = {}, running[kColumns], negative[kColumns];
    for (int64_t i = begin; i < end; i++) {
      const int64_t group = i / blocks, first = i % blocks * kColumns;
      const int64_t columns = std::min(kColumns, g.group_out() - first), padded = (columns + kernels.width - 1) / kernels.width * kernels.width;
      int32_t* const slivers = prepared + group * per_group + first * depth;
      std::fill(row + columns, row + padded, 0);
      std::fill(running, running + padded, 0);
      for (int64_t p = 0; p < depth; p++) {
        if (p % words == 0) std::fill(negative, negative + padded, 0);
        read(p, group * g.group_out() + first, columns, row);
        kernels.lay_filter_row(row, padded, is_running(p, depth), running, negative, slivers + p * kernels.width, depth * kernels.width);
        if (p % words != words - 1) continue;
        int32_t* const tap = sums + p / words * g.out_channels + group * g.group_out() + first;
        for (int64_t j = 0; j < columns; j++) tap[j] = static_cast<int32_t>(g.group_in()) - 2 * negative[j];
      }
    }
  });
}

}  // namespace

int64_t group_words(const Conv2dGeometry& g) {
  const int64_t width = binary_kernels().width;
  return (g.group_out() + width - 1) / width * width * depth_of(g);
}

int64_t prepared_words(const Conv2dGeometry& g) {
  return g.groups * group_words(g) + g.kernel_height * g.kernel_width * g.out_channels;
}

const int32_t* tap_sums(const Conv2dGeometry& g, const int32_t* prepared) { return prepared + g.groups * group_words(g); }

void prepare_filter(const Conv2dGeometry& g, const int32_t* filter, int32_t* prepared) {
  const int64_t depth = depth_of(g), words = words_for(g.group_in()), rest = g.group_in() % 32;
  prepare(g, prepared, [&](int64_t p, int64_t column, int64_t columns, int32_t* row) {
    const int32_t mask = p % words < words - 1 || rest == 0 ? -1 : static_cast<int32_t>((1u << rest) - 1);
    const int32_t* from = filter + column * depth + p;
    for (int64_t j = 0; j < columns; j++) row[j] = from[j * depth] & mask;
  });
}

void prepare_filter(const Conv2dGeometry& g, const float* filter, int32_t* prepared) {
  const BitsKernels& bits = bits_kernels();
  const int64_t words = words_for(g.group_in());
  prepare(g, prepared, [&](int64_t p, int64_t column, int64_t columns, int32_t* row) {
    const int64_t channel = p % words * 32, rows = std::min<int64_t>(32, g.group_in() - channel);
    bits.pack_columns(filter + (p / words * g.group_in() + channel) * g.out_channels + column, g.out_channels, rows, columns, row, 1);
  });
}

}  // namespace onebit
