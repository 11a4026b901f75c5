#include "binary_conv.h"

#include <algorithm>
#include <vector>

#include "bands.h"
#include "binary_kernels.h"
#include "bit_planes.h"
#include "bits/pack.h"
#include "conv/scratch.h"
#include "filter_panels.h"
#include "slice_counter.h"
#include "thread_pool.h"

namespace onebit {
namespace {

/// A 1 x 1 convolution without padding is a matrix product: all pixels of the batch are one row.
Conv2dGeometry flattened(const Conv2dGeometry& g) {
  const bool pointwise = g.kernel_height * g.kernel_width * g.stride_height * g.stride_width == 1 &&
                         g.in_height == g.out_height && g.in_width == g.out_width;
  if (!pointwise || g.batch == 0) return g;
  Conv2dGeometry flat = g;
  flat.batch = flat.in_height = flat.out_height = 1;
  flat.in_width = flat.out_width = g.batch * g.in_height * g.in_width;
  return flat;
}

/// Some neighbouring pixels of a band: those of one panel.
struct PixelBlock {
  int64_t pixels = 0;
  int64_t runs = 0;
  struct Run {
    int64_t first, pixels;  // in the block
    int64_t cell;           // of the first pixel, from the first pixel of the band
    int64_t row, column;    // of the first pixel in [H', W']
    int64_t output;         // index of the first pixel in [N, H', W']
  } run[kPanelPixels];
};

class Convolution {
 public:
  Convolution(const Conv2dGeometry& g, const BinaryReading& reading, const BinaryTerm* terms, int64_t count, const OutputTransform& transform,
              const BinaryOutput& output)
      : g_(flattened(g)),
        terms_(terms, terms + count),
        kernels_(binary_kernels()),
        slices_(g_),
        factor_(mismatch_factor(reading.levels)),
        patterns_(g_, reading),
        pitch_(g.out_channels + kernels_.width),
        group_words_(group_words(g)),
        offset_(transform.offset),
        rest_(transform),
        output_(output) {
    rest_.offset = nullptr;  // the tiles add it
    finished_ = is_identity(rest_, output_);
    for (const BinaryTerm& term : terms_) {
      const auto known = std::find(inputs_.begin(), inputs_.end(), term.x);
      input_of_.push_back(known - inputs_.begin());
      if (known == inputs_.end()) inputs_.push_back(term.x);
    }
  }

  void run() {
    thread_local Scratch constants_scratch;
    const int64_t term_constants = patterns_.count() * pitch_;
    constants_ = constants_scratch.get<int32_t>(terms_.size() * static_cast<size_t>(term_constants));
    for (size_t t = 0; t < terms_.size(); t++) {
      patterns_.constants(tap_sums(g_, terms_[t].prepared), pitch_, constants_ + static_cast<int64_t>(t) * term_constants);
    }
    const bool sliced = slices_.blocks > 0 && std::any_of(terms_.begin(), terms_.end(), [](const BinaryTerm& term) { return term.tables != nullptr; });
    const Pieces pieces(g_, static_cast<int64_t>(inputs_.size()), thread_count(), sliced ? slices_.lanes : kPackedChannels,
                        sliced ? slices_.lanes : most_tile_channels());
    parallel_for(pieces.count(), 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) run_piece(pieces[i]);
    });
  }

 private:
  void run_piece(const Piece& piece) const {
    thread_local Scratch planes_scratch, panel_scratch, values_scratch;
    const BitPlanes layout(g_, piece.band);
    const auto inputs = static_cast<int64_t>(inputs_.size());
    int32_t* const planes = planes_scratch.get<int32_t>(static_cast<size_t>(inputs * g_.groups * layout.size()));
    for (int64_t i = 0; i < inputs * g_.groups; i++) {
      layout.fill(inputs_[static_cast<size_t>(i / g_.groups)], i % g_.groups, planes + i * layout.size());
    }
    int32_t* const panel = panel_scratch.get<int32_t>(static_cast<size_t>(layout.depth() * kPanelPixels));
    const bool in_place = output_.type == OutputType::kDots || output_.type == OutputType::kFloat32;
    float* const values = in_place ? nullptr : values_scratch.get<float>(static_cast<size_t>(kPanelPixels * piece.channels));
    const int64_t pixels = piece.band.rows * piece.band.columns, blocks = (pixels + kPanelPixels - 1) / kPanelPixels;
    for (int64_t b = 0; b < blocks; b++) {
      const PixelBlock block = block_of(piece.band, layout.row_pitch(), pixels * b / blocks, pixels * (b + 1) / blocks);
      for (int64_t group = 0; group < g_.groups; group++) run_block(piece, layout, planes, block, group, panel, values);
      if (!finished_) write_block(piece, block, values);
    }
  }

  PixelBlock block_of(const Band& band, int64_t row_pitch, int64_t begin, int64_t end) const {
    PixelBlock block;
    block.pixels = end - begin;
    int64_t row = begin / band.columns, column = begin % band.columns;
    for (int64_t i = 0; i < block.pixels; row++, column = 0) {
      const int64_t count = std::min(band.columns - column, block.pixels - i);
      const int64_t y = band.row + row, x = band.column + column;
      block.run[block.runs++] = {i, count, row * row_pitch + column, y, x, (band.image * g_.out_height + y) * g_.out_width + x};
      i += count;
    }
    return block;
  }

  /// All terms of one group, to the output or, where that is not float32 or int32, to `values`.
  void run_block(const Piece& piece, const BitPlanes& layout, const int32_t* planes, const PixelBlock& block, int64_t group, int32_t* panel,
                 float* values) const {
    const int64_t first = piece.first_channel + group * g_.group_out();
    const int64_t channels = g_.groups == 1 ? piece.channels : g_.group_out();
    const int32_t* constants[kPanelPixels];
    void* rows[kPanelPixels];
    for (int64_t r = 0; r < block.runs; r++) {
      const PixelBlock::Run& run = block.run[r];
      float* const row = values == nullptr ? static_cast<float*>(output_.y) + run.output * g_.out_channels + first
                                           : values + run.first * piece.channels + first - piece.first_channel;
      const int64_t stride = values == nullptr ? g_.out_channels : piece.channels;
      for (int64_t i = 0; i < run.pixels; i++) rows[run.first + i] = row + i * stride;
    }
    SliceCounter slices(slices_);
    TileArgs args{};
    args.depth = layout.depth();
    args.factor = factor_;
    int64_t previously_sliced = 0;
    for (size_t t = 0; t < terms_.size(); t++) {
      const int64_t sliced = sliced_channels(terms_[t], first, channels);
      const bool same_input = t > 0 && input_of_[t] == input_of_[t - 1];
      if (!same_input || sliced != previously_sliced) {
        const int32_t* cells = planes + (input_of_[t] * g_.groups + group) * layout.size();
        for (int64_t r = 0; r < block.runs; r++) {
          const PanelRun run{cells + block.run[r].cell, block.run[r].first, block.run[r].pixels};
          if (sliced > 0) slices.select(run, layout.offsets(), args.depth);
          if (sliced < channels) kernels_.fill_panel(run, layout.offsets(), args.depth, panel);
        }
        previously_sliced = sliced;
      }
      find_constants(block, constants_ + static_cast<int64_t>(t) * patterns_.count() * pitch_ + first, constants);
      args.scale = terms_[t].scale == nullptr ? nullptr : terms_[t].scale + first;
      args.offset = offset_ == nullptr || t + 1 < terms_.size() ? nullptr : offset_ + first;
      args.add = t > 0;
      args.constants = constants;
      args.rows = rows;
      for (args.column = 0; args.column < sliced; args.column += slices_.lanes) {
        args.columns = slices_.lanes;
        const int64_t in_group = piece.first_channel + args.column;
        const uint16_t* counts = slices.count(slices_.tables(terms_[t].tables, group, in_group / slices_.lanes), block.pixels);
        kernels_.write_counts[output_.type != OutputType::kDots](args, block.pixels, counts);
      }
      multiply(terms_[t].prepared + group * group_words_ + piece.first_channel * args.depth, sliced, channels, block.pixels, panel, constants, rows, args);
    }
  }

  void find_constants(const PixelBlock& block, const int32_t* of_term, const int32_t** constants) const {
    const int32_t* of_columns = patterns_.of_columns();
    for (int64_t r = 0; r < block.runs; r++) {
      const PixelBlock::Run& run = block.run[r];
      const int32_t* of_row = of_term + patterns_.of_row(run.row) * pitch_;
      for (int64_t i = 0; i < run.pixels; i++) {
        constants[run.first + i] = of_row + (of_columns == nullptr ? 0 : of_columns[run.column + i] * pitch_);
      }
    }
  }

  /// All pixels of a piece pass by its filter again and again, so the slivers should stay in a level-2 cache: 512 KB.
  int64_t most_tile_channels() const {
    const int64_t depth = g_.kernel_height * g_.kernel_width * words_for(g_.group_in());
    return std::max<int64_t>(1, (1 << 19) / (depth * 4 * kPackedChannels)) * kPackedChannels;
  }

  /// How many of the first channels of a piece are counted bit-sliced.
  int64_t sliced_channels(const BinaryTerm& term, int64_t first_channel, int64_t channels) const {
    const int64_t in_group = first_channel % g_.group_out();
    if (term.tables == nullptr || slices_.blocks == 0 || in_group % slices_.lanes != 0) return 0;
    return std::clamp<int64_t>(slices_.blocks * slices_.lanes - in_group, 0, channels / slices_.lanes * slices_.lanes);
  }

  /// The panel by the slivers of channels [begin, channels).
  void multiply(const int32_t* slivers, int64_t begin, int64_t channels, int64_t pixels, const int32_t* panel, const int32_t* const* constants,
                void* const* rows, TileArgs& args) const {
    const Tile* const tiles = kernels_.tile[output_.type != OutputType::kDots];
    const int64_t count = (pixels + kernels_.max_rows - 1) / kernels_.max_rows;
    int64_t bounds[kPanelPixels + 1];  // divided once, not for every sliver
    for (int64_t t = 0; t <= count; t++) bounds[t] = pixels * t / count;
    for (args.column = begin; args.column < channels; args.column += kernels_.width) {
      args.columns = std::min<int64_t>(kernels_.width, channels - args.column);
      args.sliver = slivers + args.column * args.depth;
      for (int64_t t = 0; t < count; t++) {
        args.panel = panel + bounds[t];
        args.constants = constants + bounds[t];
        args.rows = rows + bounds[t];
        tiles[bounds[t + 1] - bounds[t] - 1](args);
      }
    }
  }

  void write_block(const Piece& piece, const PixelBlock& block, float* values) const {
    const ChannelRange channels{piece.first_channel, piece.channels, g_.out_channels};
    for (int64_t r = 0; r < block.runs; r++) {
      const PixelBlock::Run& run = block.run[r];
      float* const in_place = static_cast<float*>(output_.y) + run.output * g_.out_channels + piece.first_channel;
      const bool buffered = values != nullptr;
      write_pixels(rest_, output_, channels,
                   {buffered ? values + run.first * piece.channels : in_place, buffered ? piece.channels : g_.out_channels, run.output, run.pixels});
    }
  }

  const Conv2dGeometry g_;
  std::vector<BinaryTerm> terms_;
  std::vector<const int32_t*> inputs_;  // different x
  std::vector<int64_t> input_of_;       // per term
  const BinaryKernels& kernels_;
  SlicePlan slices_;
  int32_t factor_;
  PaddingPatterns patterns_;
  int64_t pitch_;  // of the constants: whole vectors are read
  int64_t group_words_;
  const float* offset_;
  OutputTransform rest_;  // what the tiles do not do
  bool finished_;         // nothing
  const BinaryOutput& output_;
  int32_t* constants_ = nullptr;  // [term, pattern, pitch]
};

}  // namespace

void binary_conv2d_sum(const Conv2dGeometry& g, const BinaryReading& reading, const BinaryTerm* terms, int64_t count,
                       const OutputTransform& transform, const BinaryOutput& output) {
  Convolution(g, reading, terms, count, transform, output).run();
}

void binary_conv2d(const Conv2dGeometry& g, const BinaryReading& reading, const int32_t* x, const int32_t* filter, int32_t* y) {
  thread_local Scratch scratch;
  int32_t* const prepared = scratch.get<int32_t>(static_cast<size_t>(prepared_words(g)));
  prepare_filter(g, filter, prepared);
  const BinaryTerm term{x, prepared, nullptr, nullptr};
  BinaryOutput output;
  output.type = OutputType::kDots;
  output.y = y;
  binary_conv2d_sum(g, reading, &term, 1, {}, output);
}

void binary_conv2d_float(const Conv2dGeometry& g, const BinaryReading& reading, const float* x, const float* filter, const float* scale, float* y) {
  thread_local Scratch filter_scratch, x_scratch;
  const int64_t pixels = g.batch * g.in_height * g.in_width, words = words_for(g.in_channels);
  int32_t* const prepared = filter_scratch.get<int32_t>(static_cast<size_t>(prepared_words(g)));
  int32_t* const packed = x_scratch.get<int32_t>(static_cast<size_t>(pixels * words));
  prepare_filter(g, filter, prepared);
  parallel_for(pixels, std::max<int64_t>(1, 16384 / g.in_channels), [&](int64_t begin, int64_t end) {
    pack_pixels(x + begin * g.in_channels, g.in_channels, g.in_channels, end - begin, reading.levels, {}, packed + begin * words);
  });
  const BinaryTerm term{packed, prepared, scale, nullptr};
  BinaryOutput output;
  output.y = y;
  binary_conv2d_sum(g, reading, &term, 1, {}, output);
}

void binary_mat_mul(int64_t m, int64_t n, int64_t depth, Levels levels, const int32_t* a, const int32_t* b, int32_t* y) {
  if (m == 0 || n == 0) return;
  Conv2dGeometry g{};
  g.batch = g.in_height = g.out_height = g.kernel_height = g.kernel_width = g.stride_height = g.stride_width = 1;
  g.dilation_height = g.dilation_width = g.groups = 1;
  g.in_width = g.out_width = m;
  g.in_channels = depth;
  g.out_channels = n;
  binary_conv2d(g, {0, levels}, a, b, y);
}

}  // namespace onebit
