#include "binary_conv.h"

#include <algorithm>
#include <vector>

#include "binary_kernels.h"
#include "conv/gemm_kernels.h"
#include "conv/scratch.h"
#include "padding.h"
#include "thread_pool.h"

namespace onebit {
namespace {

constexpr int64_t kRows = 80;  // rows of a block: 8 tiles of 10; with the longest rows (kAStride words) they fill a tenth of a 2 MB cache

/// One group: packed words of its channels, its filter in slivers, and where the result goes.
struct Operands {
  const int32_t* x;        // [N, H, W, words]
  const int32_t* slivers;  // sliver s at slivers + s * depth * sliver
  const float* scale;      // of the group's columns, or null
  void* y;                 // column 0 of the group, float or int32
  bool as_float;
};

class GroupConvolution {
 public:
  GroupConvolution(const Conv2dGeometry& g, const BinaryOptions& options, const Operands& operands)
      : g_(g),
        options_(options),
        operands_(operands),
        kernels_(binary_kernels()),
        words_(words_for(g.group_in())),
        depth_(g.kernel_height * g.kernel_width * words_),
        padding_(g, options.pad_value, options.levels == Levels::kZeroOne) {
    for (int64_t kh = 0; kh < g.kernel_height; kh++) {
      for (int64_t kw = 0; kw < g.kernel_width; kw++) {
        const int64_t row = kh * g.dilation_height - g.pad_top, column = kw * g.dilation_width - g.pad_left;
        if (!runs_.empty() && runs_.back().row == row && runs_.back().column + runs_.back().length == column) {
          runs_.back().length++;
        } else {
          runs_.push_back({row, column, 1});
        }
      }
    }
    padding_.prepare(operands.slivers, 2 * kernels_.width, kernels_.width, words_);
  }

  void run() {
    const int64_t rows = g_.batch * g_.out_height * g_.out_width;
    // Blocks small enough that every thread gets a few.
    const int64_t share = rows / (4 * thread_count()) + 1;
    const int64_t block = std::min(kRows, (share + kernels_.max_rows - 1) / kernels_.max_rows * kernels_.max_rows);
    parallel_for(rows, block, [this](int64_t begin, int64_t end) { run_rows(begin, end - begin); });
  }

 private:
  void run_rows(int64_t row0, int64_t rows) const {
    thread_local Scratch block_scratch, counts_scratch;
    const int64_t sliver = 2 * kernels_.width;
    int32_t* const a = block_scratch.get<int32_t>(static_cast<size_t>(kRows * kAStride));
    const int64_t slivers = (g_.group_out() + sliver - 1) / sliver;
    const int64_t blocks = (depth_ + kAColumns - 1) / kAColumns;
    // Counts of all slivers wait between blocks of depth.
    int32_t* const counts = blocks == 1 ? a : counts_scratch.get<int32_t>(static_cast<size_t>(rows * slivers * sliver));
    // gather copies words as it copies floats: without looking at them.
    const PixelSource source{reinterpret_cast<const float*>(operands_.x), g_.in_height, g_.in_width, words_, words_, g_.stride_height,
                             g_.stride_width, g_.out_height, g_.out_width, runs_.data(), static_cast<int>(runs_.size())};
    void* y[kRows];
    const int32_t* corrections[kRows];
    int32_t constants[kRows];
    for (int64_t i = 0; i < rows; i++) {
      y[i] = output_row(row0 + i);
      corrections[i] = padding_.corrections(row0 + i);
      constants[i] = options_.levels == Levels::kPm1 ? static_cast<int32_t>(g_.kernel_height * g_.kernel_width * g_.group_in()) : 0;
    }
    for (int64_t p0 = 0; p0 < depth_; p0 += kAColumns) {
      const int64_t p1 = std::min(depth_, p0 + kAColumns);
      gemm_kernels().gather(source, row0, rows, p0, p1, reinterpret_cast<float*>(a));
      if (options_.levels == Levels::kZeroOne) {  // sum a w = popcount(a) - 2 popcount(a and w), bit 1 of w being -1
        for (int64_t i = 0; i < rows; i++) constants[i] += static_cast<int32_t>(kernels_.count_bits(a + i * kAStride, p1 - p0));
      }
      for (int64_t s = 0; s < slivers; s++) {
        multiply(s, rows, p0, p1, a, counts + s * rows * sliver, y, corrections, constants);
      }
    }
  }

  void multiply(int64_t s, int64_t rows, int64_t p0, int64_t p1, const int32_t* a, int32_t* counts, void* const* y,
                const int32_t* const* corrections, const int32_t* constants) const {
    const int64_t sliver = 2 * kernels_.width;
    const int64_t column = s * sliver;
    const int64_t columns = std::min(sliver, g_.group_out() - column);
    const int64_t vectors = columns > kernels_.width ? 2 : 1;
    const int64_t padded = vectors * kernels_.width;
    const int32_t* b = operands_.slivers + s * depth_ * sliver + p0 * padded;
    const auto& tiles = kernels_.tile[options_.levels == Levels::kZeroOne];
    const int64_t count = (rows + kernels_.max_rows - 1) / kernels_.max_rows;
    for (int64_t t = 0; t < count; t++) {
      const int64_t first = rows * t / count, end = rows * (t + 1) / count;
      const TileTarget target{counts + first * padded,   p0 == 0,           p1 == depth_,      y + first, operands_.as_float,
                              operands_.scale,           constants + first, corrections + first};
      tiles[end - first - 1][vectors - 1](p1 - p0, a + first * kAStride, b, target, column, columns);
    }
  }

  void* output_row(int64_t row) const {
    const int64_t offset = row * g_.out_channels;
    if (operands_.as_float) return static_cast<float*>(operands_.y) + offset;
    return static_cast<int32_t*>(operands_.y) + offset;
  }

  const Conv2dGeometry& g_;
  const BinaryOptions& options_;
  const Operands& operands_;
  const BinaryKernels& kernels_;
  int64_t words_, depth_;
  std::vector<PixelRun> runs_;
  PaddingCorrections padding_;
};

/// Bits [first, first + channels) of every pixel, moved to bit 0.
void extract_channels(const int32_t* from, int64_t from_words, int64_t first, int64_t channels, int64_t pixels, int32_t* to) {
  const int64_t words = words_for(channels);
  const int shift = static_cast<int>(first % 32);
  for (int64_t p = 0; p < pixels; p++, from += from_words, to += words) {
    for (int64_t w = 0; w < words; w++) {
      const int64_t at = first / 32 + w;
      const uint32_t low = static_cast<uint32_t>(from[at]) >> shift;
      const uint32_t high = shift == 0 || at + 1 >= from_words ? 0 : static_cast<uint32_t>(from[at + 1]) << (32 - shift);
      const int64_t left = channels - 32 * w;
      to[w] = static_cast<int32_t>((low | high) & (left >= 32 ? ~0u : (1u << left) - 1));
    }
  }
}

size_t sliver_words(const Conv2dGeometry& g, int64_t sliver) {
  const int64_t slivers = (g.group_out() + sliver - 1) / sliver;
  return static_cast<size_t>(slivers * sliver * g.kernel_height * g.kernel_width * words_for(g.group_in()));
}

}  // namespace

void binary_conv2d(const Conv2dGeometry& g, const BinaryOptions& options, const int32_t* x, const int32_t* filter, int32_t* y) {
  thread_local Scratch filter_scratch, x_scratch;
  const BinaryKernels& kernels = binary_kernels();
  const int64_t sliver = 2 * kernels.width;
  const int64_t depth = g.kernel_height * g.kernel_width * words_for(g.group_in());
  const int64_t pixels = g.batch * g.in_height * g.in_width;
  int32_t* const slivers = filter_scratch.get<int32_t>(sliver_words(g, sliver));
  for (int64_t group = 0; group < g.groups; group++) {
    const int32_t* rows = filter + group * g.group_out() * depth;
    parallel_for((g.group_out() + sliver - 1) / sliver, 1, [&](int64_t begin, int64_t end) {
      for (int64_t s = begin; s < end; s++) {
        const int64_t columns = std::min(sliver, g.group_out() - s * sliver);
        gemm_kernels().pack_transposed(reinterpret_cast<const float*>(rows + s * sliver * depth), depth, depth, columns,
                                       {reinterpret_cast<float*>(slivers + s * sliver * depth), depth, 0});
      }
    });
    const int32_t* channels = x;
    if (g.groups > 1) {
      int32_t* const own = x_scratch.get<int32_t>(static_cast<size_t>(pixels * words_for(g.group_in())));
      extract_channels(x, words_for(g.in_channels), group * g.group_in(), g.group_in(), pixels, own);
      channels = own;
    }
    const Operands operands{channels, slivers, nullptr, y + group * g.group_out(), false};
    GroupConvolution(g, options, operands).run();
  }
}

void binary_conv2d_float(const Conv2dGeometry& g, const BinaryOptions& options, const float* x, const float* filter,
                         const float* scale, float* y) {
  thread_local Scratch filter_scratch, x_scratch;
  const BinaryKernels& kernels = binary_kernels();
  const int64_t sliver = 2 * kernels.width;
  const int64_t taps = g.kernel_height * g.kernel_width;
  const int64_t words = words_for(g.group_in());
  const int64_t pixels = g.batch * g.in_height * g.in_width;
  int32_t* const slivers = filter_scratch.get<int32_t>(sliver_words(g, sliver));
  int32_t* const channels = x_scratch.get<int32_t>(static_cast<size_t>(pixels * words));
  for (int64_t group = 0; group < g.groups; group++) {
    const int64_t first = group * g.group_out();
    parallel_for((g.group_out() + sliver - 1) / sliver, 1, [&](int64_t begin, int64_t end) {
      for (int64_t s = begin; s < end; s++) {
        const int64_t columns = std::min(sliver, g.group_out() - s * sliver);
        kernels.pack_filter(filter + first + s * sliver, g.out_channels, taps, g.group_in(), columns,
                            columns > kernels.width ? sliver : kernels.width, slivers + s * sliver * taps * words);
      }
    });
    parallel_for(pixels, std::max<int64_t>(1, 16384 / g.in_channels), [&](int64_t begin, int64_t end) {
      kernels.pack(x + begin * g.in_channels + group * g.group_in(), g.in_channels, g.group_in(), end - begin,
                   options.levels == Levels::kZeroOne, channels + begin * words);
    });
    const Operands operands{channels, slivers, scale == nullptr ? nullptr : scale + first, y + first, true};
    GroupConvolution(g, options, operands).run();
  }
}

}  // namespace onebit
