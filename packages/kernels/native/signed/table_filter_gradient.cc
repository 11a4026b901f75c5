#include <algorithm>
#include <cstring>
#include <vector>

#include "conv/scratch.h"
#include "signed/bit_lines.h"
#include "signed/outside.h"
#include "signed/table_gradients.h"
#include "thread_pool.h"

namespace onebit {
namespace {

// Output channels of a tile and most groups of five pixels between two visits to the sums: 42 x 8 tables of 128 bytes stay in a first-level cache
// of 48 KiB while all columns pass.
constexpr int64_t kRows = 8;
constexpr int64_t kMaxGroups = 42;
// A task writes long pieces of the rows of dw; its sums leave room for other things in a second-level cache of 2 MiB.
constexpr int64_t kMaxChannels = kTransposedRows, kMinChannels = 16;
constexpr int64_t kSumBytes = 1 << 20;
// From this size on dw does not stay in the second-level cache, and is written past it if the pieces are at least eight cache lines.
constexpr int64_t kStreamFloats = 1 << 19, kMinStreamed = 128;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// The product dy^T x of one group of channels: rows are output channels o, columns (tap, c). The depth is cut into groups of five pixels: the lines
/// with the same number of all images side by side make one long line, so that few groups are not full even where maps are small, and the lines that
/// a kernel row reads inside the input still follow each other.
class FilterGradient {
 public:
  FilterGradient(const TableKernels& kernels, const Conv2dGeometry& g, const float* dy, const Slope& slope, float* dw, Levels levels, bool bf16,
                 int64_t group)
      : kernels_(kernels),
        g_(g),
        dy_(dy + group * g.group_out()),
        slope_(slope),
        dw_(dw + group * g.group_out()),
        zero_(levels == Levels::kPm1 ? 1.0f : 0.0f),
        one_(levels == Levels::kPm1 ? -1.0f : 1.0f),
        bf16_(bf16),
        group_(group),
        line_groups_(ceil_div(g.batch * g.out_width, kTableDepth)),
        taps_(g.kernel_height * g.kernel_width),
        sum_columns_(ceil_div(g.group_in(), 16) * 16),
        no_pixel_(static_cast<size_t>(g.group_out())) {}

  int64_t block_bytes() const { return g_.kernel_width * g_.in_height * line_groups_ * kIndexBlock; }
  size_t index_bytes() const { return static_cast<size_t>(ceil_div(g_.group_in(), kIndexBlock) * block_bytes() + kIndexSlack); }

  /// Indices [c block, kw, y, group of pixels]: the bits of x under tap kw of each group, as used by every kh. Outside bits are 0.
  void pack(const int32_t* x, uint8_t* indices) {
    indices_ = indices;
    parallel_for(g_.in_height, 1, [&](int64_t begin, int64_t end) {
      for (int64_t y = begin; y < end; y++) pack_line(x, y, indices);
    });
  }

  /// `outside` [kh, kw, O] is added.
  void multiply(const float* outside) const {
    const int64_t threads = thread_count(), wanted = threads == 1 ? 1 : 2 * threads;
    int64_t channels = std::min(kMaxChannels, ceil_div(g_.group_out(), kMinChannels) * kMinChannels);
    int64_t parts = std::min(taps_, ceil_div(taps_ * sum_columns_ * channels * static_cast<int64_t>(sizeof(float)), kSumBytes));
    // For more threads rather fewer channels than fewer taps, for which the tables must be built again.
    while (ceil_div(g_.group_out(), channels) * parts < wanted && channels > kMinChannels) {
      channels = ceil_div(channels / 2, kMinChannels) * kMinChannels;
    }
    const int64_t blocks = ceil_div(g_.group_out(), channels);
    parts = std::clamp(ceil_div(wanted, blocks), parts, taps_);
    parallel_for(blocks * parts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t task = begin; task < end; task++) {
        const int64_t part = task % parts, o = task / parts * channels;
        run_task(o, std::min(g_.group_out(), o + channels), taps_ * part / parts, taps_ * (part + 1) / parts, outside);
      }
    });
  }

 private:
  /// Line y of all images.
  void pack_line(const int32_t* x, int64_t y, uint8_t* indices) const {
    thread_local Scratch scratch;
    const int64_t channels = g_.group_in(), blocks = ceil_div(channels, 64), words = words_for(g_.in_channels);
    // The pixels, then one of zero bits for everything outside.
    const int64_t pixel_count = g_.batch * g_.in_width;
    uint64_t* const pixels = scratch.get<uint64_t>(static_cast<size_t>((pixel_count + 1 + kTableDepth) * blocks));
    uint64_t* const outside = pixels + pixel_count * blocks;
    uint64_t* const window = outside + blocks;
    for (int64_t i = 0; i < pixel_count; i++) {
      const int64_t pixel = (i / g_.in_width * g_.in_height + y) * g_.in_width + i % g_.in_width;
      read_line(x + pixel * words, group_ * channels, channels, pixels + i * blocks);
    }
    std::fill_n(outside, blocks, 0);
    const int64_t step = g_.stride_width;
    for (int64_t kw = 0; kw < g_.kernel_width; kw++) {
      const int64_t shift = kw * g_.dilation_width - g_.pad_left;
      uint8_t* to = indices + (kw * g_.in_height + y) * line_groups_ * kIndexBlock;
      for (int64_t j = 0, image = 0, column = 0; j < line_groups_; j++, to += kIndexBlock) {
        const int64_t first = column * step + shift;
        const bool together = column + kTableDepth <= g_.out_width && first >= 0 && first + (kTableDepth - 1) * step < g_.in_width;
        const uint64_t* from = together ? pixels + (image * g_.in_width + first) * blocks : window;
        for (int64_t k = 0; k < kTableDepth; k++) {
          const int64_t i = column * step + shift;
          const bool inside = image < g_.batch && i >= 0 && i < g_.in_width;
          if (!together) std::copy_n(inside ? pixels + (image * g_.in_width + i) * blocks : outside, blocks, window + k * blocks);
          if (++column == g_.out_width) image++, column = 0;
        }
        for (int64_t b = 0; b < blocks; b++) kernels_.pack_indices(from + b, together ? step * blocks : blocks, to + b * block_bytes());
      }
    }
  }

  /// Channels [o0, o1) and taps [tap0, tap1).
  void run_task(int64_t o0, int64_t o1, int64_t tap0, int64_t tap1, const float* outside) const {
    thread_local Scratch sum_scratch, table_scratch;
    const int64_t stride = (tap1 - tap0) * sum_columns_;
    float* const sums = sum_scratch.get<float>(static_cast<size_t>((o1 - o0) * stride));  // [o, tap, c]
    float* const tables = table_scratch.get<float>(static_cast<size_t>(kMaxGroups * kRows * kTableFloats));
    const int64_t depth = g_.out_height * line_groups_;
    std::vector<std::vector<TableRun>> runs(static_cast<size_t>(tap1 - tap0));
    const float* pixels[kMaxGroups * kTableDepth];
    const int64_t blocks = std::max<int64_t>(1, ceil_div(depth, kMaxGroups));
    for (int64_t block = 0; block < blocks; block++) {
      const int64_t k = depth * block / blocks, k1 = depth * (block + 1) / blocks;
      for (int64_t tap = tap0; tap < tap1; tap++) find_runs(k, k1, tap, runs[static_cast<size_t>(tap - tap0)]);
      find_pixels(k, k1, pixels);
      for (int64_t o = o0; o < o1; o += kRows) {
        const int64_t rows = std::min(kRows, o1 - o);
        kernels_.build_pixels({pixels, k1 - k, o, rows, zero_, one_, bf16_}, tables, kRows * kTableFloats);
        float* to = sums + (o - o0) * stride;
        for (const std::vector<TableRun>& tap_runs : runs) {
          add_tap(tap_runs, tables, rows, block > 0, to, stride);
          to += sum_columns_;
        }
      }
    }
    const bool stream = o1 - o0 >= kMinStreamed && taps_ * g_.group_in() * g_.out_channels >= kStreamFloats;
    for (int64_t tap = tap0; tap < tap1; tap++) {
      float* const to = dw_ + tap * g_.group_in() * g_.out_channels + o0;
      const Slope slope{slope_.multiply, slope_.multiply ? slope_.x + (to - dw_) + group_ * g_.group_out() : nullptr};
      kernels_.write_transposed(sums + (tap - tap0) * sum_columns_, stride, o1 - o0, g_.group_in(),
                                outside + tap * g_.out_channels + group_ * g_.group_out() + o0, slope, stream, to, g_.out_channels);
    }
  }

  /// What groups [k0, k1) of the depth read under a tap. Lines outside the input are left out; neighbouring lines join.
  void find_runs(int64_t k0, int64_t k1, int64_t tap, std::vector<TableRun>& runs) const {
    const int64_t kh = tap / g_.kernel_width, kw = tap % g_.kernel_width;
    runs.clear();
    for (int64_t k = k0, next; k < k1; k = next) {
      const int64_t line = k / line_groups_;
      next = std::min(k1, (line + 1) * line_groups_);
      const int64_t y = line * g_.stride_height + kh * g_.dilation_height - g_.pad_top;
      if (y < 0 || y >= g_.in_height) continue;
      const TableRun run{k - k0, (kw * g_.in_height + y) * line_groups_ + k % line_groups_, next - k};  // in groups
      if (!runs.empty() && runs.back().table + runs.back().groups == run.table && runs.back().index + runs.back().groups == run.index) {
        runs.back().groups += run.groups;
      } else {
        runs.push_back(run);
      }
    }
    for (TableRun& run : runs) {
      run.table *= kRows * kTableFloats;
      run.index *= kIndexBlock;
    }
  }

  /// The five pixels of dy of groups [k0, k1), zeros behind the last image.
  void find_pixels(int64_t k0, int64_t k1, const float** pixels) const {
    for (int64_t k = k0; k < k1; k++) {
      const int64_t line = k / line_groups_;
      int64_t i = k % line_groups_ * kTableDepth;
      for (int64_t j = 0; j < kTableDepth; j++, i++) {
        const int64_t image = i / g_.out_width, pixel = (image * g_.out_height + line) * g_.out_width + i % g_.out_width;
        *pixels++ = image < g_.batch ? dy_ + pixel * g_.out_channels : no_pixel_.data();
      }
    }
  }

  void add_tap(const std::vector<TableRun>& runs, const float* tables, int64_t rows, bool accumulate, float* sums, int64_t stride) const {
    if (runs.empty() && accumulate) return;
    TableProduct product{runs.data(), static_cast<int64_t>(runs.size()), tables, kRows * kTableFloats, nullptr, kIndexBlock, accumulate};
    const TableTile* const tile = kernels_.tile[rows - 1];
    for (int64_t c = 0; c < g_.group_in(); c += kTileColumns) {
      const int64_t columns = std::min(kTileColumns, sum_columns_ - c);
      product.indices = indices_ + c / kIndexBlock * block_bytes() + c % kIndexBlock / 16;
      tile[columns > 16](product, sums + c, stride, columns);
    }
  }

  const TableKernels& kernels_;
  const Conv2dGeometry& g_;
  const float* dy_;
  Slope slope_;
  float* dw_;
  float zero_, one_;
  bool bf16_;
  int64_t group_;
  int64_t line_groups_;  // groups of five pixels in a line of the output, all images
  int64_t taps_;
  int64_t sum_columns_;          // channels rounded up to whole vectors
  std::vector<float> no_pixel_;  // zeros
  const uint8_t* indices_ = nullptr;
};

}  // namespace

void table_filter_gradient(const TableKernels& kernels, const Conv2dGeometry& g, const int32_t* x, const float* dy, const Slope& slope, float* dw,
                           int32_t pad_value, Levels levels, bool bf16) {
  // The lookups count a tap left or right of the input as bit 0 (+1 or 0) and leave out those above and below.
  const auto pad = static_cast<float>(pad_value);
  const std::vector<float> outside = outside_sums(g, dy, {pad, levels == Levels::kPm1 ? pad - 1 : pad}, bf16);
  Scratch scratch;
  for (int64_t group = 0; group < g.groups; group++) {
    FilterGradient gradient(kernels, g, dy, slope, dw, levels, bf16, group);
    gradient.pack(x, scratch.get<uint8_t>(gradient.index_bytes()));
    gradient.multiply(outside.data());
  }
}

}  // namespace onebit
