#include <algorithm>
#include <cstring>
#include <vector>

#include "conv/scratch.h"
#include "signed/bit_lines.h"
#include "signed/phases.h"
#include "signed/table_gradients.h"
#include "thread_pool.h"

namespace onebit {
namespace {

// The tables of a piece of a line of dy stay in a first-level cache of 48 KiB while all lines of taps and all columns pass; a strip of dx, to which
// they add, in a second-level cache of 2 MiB.
constexpr int64_t kTileBytes = 32 << 10;
constexpr int64_t kStripBytes = 1 << 20;
constexpr int64_t kTableBytes = kTableFloats * static_cast<int64_t>(sizeof(float));

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Length of the pieces when `size` is cut into as few as possible, none longer than `longest`.
int64_t even_piece(int64_t size, int64_t longest) { return ceil_div(size, ceil_div(size, longest)); }

/// The product dy w of one group of channels: rows are input pixels, columns c, the depth is (tap, o) with o cut into groups of five.
class InputGradient {
 public:
  InputGradient(const TableKernels& kernels, const Conv2dGeometry& g, const Phases& phases, const float* dy, const float* scale,
                const int32_t* mask, const Slope& slope, float* dx, bool bf16, int64_t group)
      : kernels_(kernels),
        g_(g),
        phases_(phases),
        dy_(dy + group * g.group_out()),
        scale_(scale ? scale + group * g.group_out() : nullptr),
        mask_(mask),
        slope_(slope),
        dx_(dx + group * g.group_in()),
        bf16_(bf16),
        group_(group),
        groups_(ceil_div(g.group_out(), kTableDepth)) {
    tile_rows_ = even_piece(phases.width, kTileRows);
    const int64_t touched = tile_rows_ + phases.column_span;
    block_groups_ = even_piece(groups_, std::clamp<int64_t>(kTileBytes / (kTableBytes * touched), 1, groups_));
    const int64_t line_bytes = g.stride_height * g.in_width * g.group_in() * static_cast<int64_t>(sizeof(float));
    // Lines at the edge of a strip have their tables built for the neighbour again: not less than that in between.
    const int64_t height = std::max({kStripBytes / line_bytes, phases.row_span, int64_t{1}});
    height_ = even_piece(phases.height, std::min(height, phases.height));
  }

  int64_t block_bytes() const { return g_.kernel_height * g_.kernel_width * groups_ * kIndexBlock; }
  size_t index_bytes() const { return static_cast<size_t>(ceil_div(g_.group_in(), kIndexBlock) * block_bytes() + kIndexSlack); }

  /// Indices [c block, phase, block of groups, tap, group]: the order in which they are read.
  void pack(const int32_t* filter, uint8_t* indices) {
    indices_ = indices;
    parallel_for(groups_, 8, [&](int64_t begin, int64_t end) {
      for (int64_t group = begin; group < end; group++) pack_group(filter, group, indices);
    });
  }

  void multiply() {
    const int threads = thread_count();
    const int64_t blocks = ceil_div(g_.group_in(), kTileColumns);
    int64_t strips = ceil_div(phases_.height, height_), parts = 1;
    if (threads > 1) {
      // Enough tasks for all, as even as can be: strips of lines while columns are few, else parts of the columns, for which tables are built again.
      const int64_t tasks = g_.batch * strips;
      if (tasks < 2 * threads) parts = std::clamp<int64_t>(blocks / 4, 1, ceil_div(2 * threads, tasks));
      if (tasks * parts < 8 * threads) {
        while (g_.batch * strips * parts % threads != 0 && strips < phases_.height) strips++;
      }
    }
    parallel_for(g_.batch * strips * parts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t task = begin; task < end; task++) {
        const int64_t part = task % parts, strip = task / parts % strips;
        run_strip({task / parts / strips, phases_.height * strip / strips, phases_.height * (strip + 1) / strips,
                   blocks * part / parts * kTileColumns, std::min(g_.group_in(), blocks * (part + 1) / parts * kTileColumns)});
      }
    });
  }

 private:
  /// Lines [q0, q1) of every phase of an image, channels [c0, c1).
  struct Strip {
    int64_t image, q0, q1, c0, c1;
  };
  /// Tables [group, column] of columns [column0, column0 + columns) of a line of dy for groups [group0, group0 + groups).
  struct PieceTables {
    float* data;
    int64_t column0, columns;
    int64_t group0, groups;
    int64_t group_step() const { return columns * kTableFloats; }
    int64_t at(int64_t column) const { return (column - column0) * kTableFloats; }
  };

  int64_t index_of(const Phase& phase, int64_t tap, int64_t group) const {
    const int64_t group0 = group / block_groups_ * block_groups_, groups = std::min(block_groups_, groups_ - group0);
    const auto taps = static_cast<int64_t>(phase.taps.size());
    return (phase.taps_before * groups_ + taps * group0 + tap * groups + group - group0) * kIndexBlock;
  }

  void pack_group(const int32_t* filter, int64_t group, uint8_t* indices) const {
    thread_local Scratch scratch;
    const int64_t channels = g_.group_in(), blocks = ceil_div(channels, 64), words = words_for(channels), taps = g_.kernel_height * g_.kernel_width;
    uint64_t* const lines = scratch.get<uint64_t>(static_cast<size_t>(kTableDepth * blocks));
    for (const Phase& phase : phases_.list) {
      for (size_t tap = 0; tap < phase.taps.size(); tap++) {
        std::fill_n(lines, kTableDepth * blocks, 0);
        for (int64_t i = 0; i < std::min(kTableDepth, g_.group_out() - group * kTableDepth); i++) {
          const int64_t o = group_ * g_.group_out() + group * kTableDepth + i;
          read_line(filter + (o * taps + phase.taps[tap].kernel_offset) * words, 0, channels, lines + i * blocks);
        }
        uint8_t* const to = indices + index_of(phase, static_cast<int64_t>(tap), group);
        for (int64_t b = 0; b < blocks; b++) kernels_.pack_indices(lines + b, blocks, to + b * block_bytes());
      }
    }
  }

  void run_strip(const Strip& strip) const {
    thread_local Scratch scratch;
    clear(strip);
    PieceTables tables;
    tables.columns = tile_rows_ + phases_.column_span;
    tables.data = scratch.get<float>(static_cast<size_t>(block_groups_ * tables.group_step()));
    const int64_t line0 = std::max<int64_t>(0, strip.q0 + phases_.first_row);
    const int64_t line1 = std::min(g_.out_height, strip.q1 + phases_.first_row + phases_.row_span);
    for (int64_t group = 0; group < groups_; group += block_groups_) {
      tables.group0 = group;
      tables.groups = std::min(block_groups_, groups_ - group);
      for (int64_t line = line0; line < line1; line++) {
        for (int64_t r = 0; r < phases_.width; r += tile_rows_) {
          tables.column0 = r + phases_.first_column;
          if (tables.column0 >= g_.out_width || tables.column0 + tables.columns <= 0) continue;
          build_tables(strip.image, line, tables);
          for (const Phase& phase : phases_.list) add_piece(strip, tables, phase, line, r);
        }
      }
    }
    if (mask_) apply_mask(strip);
    if (slope_.multiply) apply_slope(strip);
  }

  /// Calls fn(first pixel, pixels, floats of channel c0) for the lines of input pixels of a strip.
  template <typename Function>
  void for_lines(const Strip& strip, const Function& fn) const {
    for (int64_t y = strip.q0 * g_.stride_height; y < std::min(g_.in_height, strip.q1 * g_.stride_height); y++) {
      const int64_t pixel = (strip.image * g_.in_height + y) * g_.in_width;
      fn(pixel, g_.in_width, dx_ + pixel * g_.in_channels + strip.c0);
    }
  }

  void clear(const Strip& strip) const {
    const int64_t channels = strip.c1 - strip.c0;
    for_lines(strip, [&](int64_t, int64_t pixels, float* values) {
      if (channels == g_.in_channels) {
        std::fill_n(values, pixels * channels, 0.0f);
      } else {
        for (int64_t i = 0; i < pixels; i++) std::fill_n(values + i * g_.in_channels, channels, 0.0f);
      }
    });
  }

  void apply_mask(const Strip& strip) const {
    const int64_t words = words_for(g_.in_channels), first = group_ * g_.group_in();
    for_lines(strip, [&](int64_t pixel, int64_t pixels, float* values) {
      for (int64_t i = 0; i < pixels; i++) {
        for (int64_t c = strip.c0; c < strip.c1; c += 64) {
          const int64_t count = std::min<int64_t>(64, strip.c1 - c);
          kernels_.keep(read_bits(mask_ + (pixel + i) * words, first + c, count), count, values + i * g_.in_channels + c - strip.c0);
        }
      }
    });
  }

  void apply_slope(const Strip& strip) const {
    const int64_t channels = strip.c1 - strip.c0;
    for_lines(strip, [&](int64_t, int64_t pixels, float* values) {
      const float* const x = slope_.x + (values - dx_) + group_ * g_.group_in();
      if (channels == g_.in_channels) return slope_.multiply(values, x, values, pixels * channels, 0, 0);
      for (int64_t i = 0; i < pixels * g_.in_channels; i += g_.in_channels) slope_.multiply(values + i, x + i, values + i, channels, 0, 0);
    });
  }

  void build_tables(int64_t image, int64_t line, const PieceTables& tables) const {
    thread_local Scratch scratch;
    const int64_t first = tables.group0 * kTableDepth, depth = tables.groups * kTableDepth;
    const int64_t count = std::min(depth, g_.group_out() - first), padded = ceil_div(depth, 16) * 16;
    const int64_t end = tables.column0 + tables.columns;
    const int64_t inside0 = std::clamp<int64_t>(tables.column0, 0, g_.out_width), inside1 = std::clamp(end, inside0, g_.out_width);
    float* const staged = scratch.get<float>(static_cast<size_t>((inside1 - inside0) * padded));
    const float* from = dy_ + ((image * g_.out_height + line) * g_.out_width + inside0) * g_.out_channels + first;
    kernels_.stage({from, g_.out_channels, inside1 - inside0, count, padded}, scale_ ? scale_ + first : nullptr, bf16_, staged);
    for (int64_t group = 0; group < tables.groups; group++) {
      float* const row = tables.data + group * tables.group_step();
      std::fill_n(row, tables.at(inside0), 0.0f);
      std::fill_n(row + tables.at(inside1), (end - inside1) * kTableFloats, 0.0f);
    }
    kernels_.build({staged, kTableDepth, padded, 1, 1.0f, -1.0f},
                   {tables.data + tables.at(inside0), tables.groups, inside1 - inside0, tables.group_step(), kTableFloats});
  }

  /// Adds what the tables of a line of dy give to pixels [r, r + rows) of the lines of a phase that read it.
  void add_piece(const Strip& strip, const PieceTables& tables, const Phase& phase, int64_t line, int64_t r) const {
    const int64_t rows = std::min(tile_rows_, phase.width - r);
    if (rows <= 0) return;
    std::vector<TableRun> runs(static_cast<size_t>(phases_.longest_line));
    for (const TapLine& taps : phase.lines) {
      const int64_t q = line - taps.row;
      if (q < strip.q0 || q >= std::min(strip.q1, phase.height)) continue;
      const int64_t count = find_runs(tables, phase, taps, r, rows, runs.data());
      if (count == 0) continue;
      float* const to = dx_ + ((strip.image * g_.in_height + q * g_.stride_height + phase.row) * g_.in_width + r * g_.stride_width + phase.column) *
                                  g_.in_channels;
      add_line({runs.data(), count, tables.data, tables.group_step(), nullptr, kIndexBlock, true}, strip, rows, to);
    }
  }

  /// What input pixels [r, r + rows) of a line read under one line of taps.
  int64_t find_runs(const PieceTables& tables, const Phase& phase, const TapLine& line, int64_t r, int64_t rows, TableRun* runs) const {
    int64_t count = 0;
    for (int64_t tap = line.begin; tap < line.end; tap++) {
      const int64_t column = r + phase.taps[static_cast<size_t>(tap)].column;
      if (column + rows <= 0 || column >= g_.out_width) continue;
      runs[count++] = {tables.at(column), index_of(phase, tap, tables.group0), tables.groups};
    }
    return count;
  }

  void add_line(TableProduct product, const Strip& strip, int64_t rows, float* to) const {
    const TableTile* const tile = kernels_.tile[rows - 1];
    for (int64_t c = strip.c0; c < strip.c1; c += kTileColumns) {
      const int64_t columns = std::min(kTileColumns, strip.c1 - c);
      product.indices = indices_ + c / kIndexBlock * block_bytes() + c % kIndexBlock / 16;
      tile[columns > 16](product, to + c, g_.stride_width * g_.in_channels, columns);
    }
  }

  const TableKernels& kernels_;
  const Conv2dGeometry& g_;
  const Phases& phases_;
  const float* dy_;
  const float* scale_;
  const int32_t* mask_;
  Slope slope_;
  float* dx_;
  bool bf16_;
  int64_t group_;
  int64_t groups_;         // groups of five output channels
  int64_t block_groups_;   // of which so many at a time
  int64_t tile_rows_;      // pixels of a tile
  int64_t height_;         // of a strip, in lines of a phase
  const uint8_t* indices_ = nullptr;
};

}  // namespace

void table_input_gradient(const TableKernels& kernels, const Conv2dGeometry& g, const float* dy, const int32_t* filter, const float* scale,
                          const int32_t* mask, const Slope& slope, float* dx, bool bf16) {
  if (g.batch == 0) return;
  const Phases phases(g);
  Scratch scratch;
  for (int64_t group = 0; group < g.groups; group++) {
    InputGradient gradient(kernels, g, phases, dy, scale, mask, slope, dx, bf16, group);
    gradient.pack(filter, scratch.get<uint8_t>(gradient.index_bytes()));
    gradient.multiply();
  }
}

}  // namespace onebit
