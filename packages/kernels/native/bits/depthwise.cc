#include "bits/depthwise.h"

#include <algorithm>
#include <vector>

#include "bits/kernels.h"
#include "bits/windows.h"
#include "conv/scratch.h"
#include "thread_pool.h"

namespace onebit {
namespace {

constexpr int64_t kLanes = 256;         // words of a block: half as many take 12 % longer; with 9 taps, tiles, bits and counts fill 26 KB
constexpr int64_t kMaxRows = 255;       // counts are bytes
constexpr int64_t kTileWords = 1 << 16;  // of the repeated filter (256 KB), so that large kernels use blocks of fewer pixels

/// A dot product is start + base + weight * (how many taps have bit 1), where a tap's bit z follows from x and w (1 where w = -1):
///   kPm1:     x w = 1 - 2 z     with z = x ^ w            base = taps, weight = -2
///   kZeroOne: x w = 1 - z - w   with z = ~(x ^ w)         base = taps, weight = -1, start = - (how many w)
/// A tap outside gets the z of a word of x that is all `pad`; for kPm1 and pad 0 it gets z = 0 and is not counted in the base.
class Depthwise {
 public:
  Depthwise(const Conv2dGeometry& g, const DepthwiseOperands& operands, const OutputTransform& transform, const BinaryOutput& output)
      : g_(g),
        operands_(operands),
        transform_(transform),
        output_(output),
        kernels_(bits_kernels()),
        words_(words_for(g.in_channels)),
        taps_(g.kernel_height * g.kernel_width),
        block_words_(std::min(words_, kLanes)),
        block_pixels_(std::clamp<int64_t>(std::min(kLanes / block_words_, kTileWords / (taps_ * words_)), 1, g.out_width)) {
    const bool pm1 = operands.reading.levels == Levels::kPm1;
    // A dot product is an affine function of the pad value. -1 is no value of the levels 0 and 1, so it is put together from those.
    if (!pm1 && operands.reading.pad_value == -1) {
      passes_ = {{0, -2}, {1, 1}};
    } else {
      passes_ = {{operands.reading.pad_value, pm1 ? -2 : -1}};
    }
    find_columns();
    fill_tiles();
    fill_start();
  }

  void run() const {
    const int64_t row_work = g_.out_width * words_ * (taps_ + 8);
    parallel_for(g_.batch * g_.out_height, std::max<int64_t>(1, 16384 / row_work), [this](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        for (int64_t word = 0; word < words_; word += block_words_) {
          for (int64_t pixel = 0; pixel < g_.out_width; pixel += block_pixels_) {
            run_block({row / g_.out_height, row % g_.out_height, pixel, std::min(block_pixels_, g_.out_width - pixel), word,
                       std::min(block_words_, words_ - word)});
          }
        }
      }
    });
  }

 private:
  /// Pixels [pixel, pixel + pixels) of an output row, words [word, word + words) of each.
  struct Block {
    int64_t image, row;
    int64_t pixel, pixels;
    int64_t word, words;
  };
  struct Pass {
    int32_t pad_value;
    int32_t weight;
  };

  /// Where each column of taps is inside, and in how many columns of taps each output column is.
  void find_columns() {
    inside_columns_.assign(static_cast<size_t>(g_.out_width), 0);
    for (int64_t k = 0; k < g_.kernel_width; k++) {
      columns_.push_back(outputs_inside(g_.in_width, g_.out_width, g_.stride_width, k * g_.dilation_width - g_.pad_left));
      for (int64_t p = columns_.back().begin; p < columns_.back().end; p++) inside_columns_[static_cast<size_t>(p)]++;
    }
  }

  /// Repeats the words of the filter for each pixel of a block, so that neighbouring pixels share vectors. Words of block b and tap t begin at
  /// (b * block_words * taps + t * words of b) * block_pixels.
  void fill_tiles() {
    const int32_t flip = operands_.reading.levels == Levels::kPm1 ? 0 : -1;
    tiles_.reserve(static_cast<size_t>(taps_ * words_ * block_pixels_));
    for (int64_t word = 0; word < words_; word += block_words_) {
      const int64_t count = std::min(block_words_, words_ - word);
      for (int64_t tap = 0; tap < taps_; tap++) {
        const int32_t* const from = operands_.filter + tap * words_ + word;
        for (int64_t p = 0; p < block_pixels_; p++) {
          for (int64_t w = 0; w < count; w++) tiles_.push_back(from[w] ^ flip);
        }
      }
    }
  }

  void fill_start() {
    start_.assign(static_cast<size_t>(g_.in_channels), 0);
    if (operands_.reading.levels == Levels::kPm1) return;
    for (int64_t tap = 0; tap < taps_; tap++) {
      for (int64_t c = 0; c < g_.in_channels; c++) {
        start_[static_cast<size_t>(c)] -= operands_.filter[tap * words_ + c / 32] >> (c % 32) & 1;
      }
    }
  }

  void run_block(const Block& block) const {
    thread_local Scratch bases_scratch, dots_scratch;
    const int64_t first = 32 * block.word, channels = std::min(32 * block.words, g_.in_channels - first);
    const int64_t pixel = (block.image * g_.out_height + block.row) * g_.out_width + block.pixel;
    int32_t* const bases = bases_scratch.get<int32_t>(static_cast<size_t>(block.pixels));
    fill_bases(block, bases);
    if (output_.type == OutputType::kDots) {
      sum_taps(block, channels, bases, static_cast<int32_t*>(output_.y) + pixel * g_.in_channels + first, g_.in_channels);
      return;
    }
    int32_t* const dots = dots_scratch.get<int32_t>(static_cast<size_t>(block.pixels * channels));
    sum_taps(block, channels, bases, dots, channels);
    finish(first, channels, pixel, block.pixels, dots);
  }

  void fill_bases(const Block& block, int32_t* bases) const {
    const bool partial = operands_.reading.levels == Levels::kPm1 && operands_.reading.pad_value == 0;
    int64_t rows = 0;
    for (int64_t k = 0; k < g_.kernel_height; k++) rows += input_row(block.row, k) >= 0;
    for (int64_t p = 0; p < block.pixels; p++) {
      bases[p] = static_cast<int32_t>(partial ? rows * inside_columns_[static_cast<size_t>(block.pixel + p)] : taps_);
    }
  }

  void sum_taps(const Block& block, int64_t channels, int32_t* bases, int32_t* dots, int64_t stride) const {
    thread_local Scratch bits_scratch, counts_scratch;
    const int64_t lanes = (block.pixels * block.words + kCountLanes - 1) / kCountLanes * kCountLanes;
    int32_t* const bits = bits_scratch.get<int32_t>(static_cast<size_t>(std::min(taps_, kMaxRows) * lanes));
    uint8_t* const counts = counts_scratch.get<uint8_t>(static_cast<size_t>(32 * lanes));
    CountSum sum{start_.data() + 32 * block.word, 0, bases, 0, counts, 32 * block.words};
    for (const Pass& pass : passes_) {
      sum.weight = pass.weight;
      for (int64_t tap = 0; tap < taps_; tap += kMaxRows) {
        const int64_t count = std::min(kMaxRows, taps_ - tap);
        for (int64_t t = 0; t < count; t++) gather(block, tap + t, pass.pad_value, bits + t * lanes);
        kernels_.count_bits(bits, lanes, count, counts);
        kernels_.add_counts(sum, channels, block.pixels, dots, stride);
        // From here on the sum goes on from what is there.
        sum.start = dots;
        sum.start_stride = stride;
        std::fill(bases, bases + block.pixels, 0);
      }
    }
  }

  /// The bits z of one tap.
  void gather(const Block& block, int64_t tap, int32_t pad_value, int32_t* bits) const {
    const int32_t* const tile = tiles_.data() + (block.word * taps_ + tap * block.words) * block_pixels_;
    const int64_t row = input_row(block.row, tap / g_.kernel_width), k = tap % g_.kernel_width;
    const Range columns = columns_[static_cast<size_t>(k)];
    const int64_t begin = std::clamp(columns.begin - block.pixel, int64_t{0}, block.pixels);
    const int64_t end = row < 0 ? begin : std::clamp(columns.end - block.pixel, begin, block.pixels);
    fill_outside(tile, 0, begin * block.words, pad_value, bits);
    fill_outside(tile, end * block.words, block.pixels * block.words, pad_value, bits);
    if (begin == end) return;
    const int64_t column = (block.pixel + begin) * g_.stride_width + k * g_.dilation_width - g_.pad_left;
    kernels_.combine[kXor](operands_.x + ((block.image * g_.in_height + row) * g_.in_width + column) * words_ + block.word,
                           g_.stride_width * words_, block.words, end - begin, tile + begin * block.words, bits + begin * block.words);
  }

  void fill_outside(const int32_t* tile, int64_t begin, int64_t end, int32_t pad_value, int32_t* bits) const {
    const bool pm1 = operands_.reading.levels == Levels::kPm1;
    const int32_t keep = pm1 && pad_value == 0 ? 0 : -1;
    const int32_t x = pad_value == (pm1 ? -1 : 1) ? -1 : 0;
    for (int64_t i = begin; i < end; i++) bits[i] = (tile[i] ^ x) & keep;
  }

  /// Row of the input under row `k` of the taps, negative when outside.
  int64_t input_row(int64_t out_row, int64_t k) const {
    const int64_t row = out_row * g_.stride_height + k * g_.dilation_height - g_.pad_top;
    return row < g_.in_height ? row : -1;
  }

  void finish(int64_t first, int64_t channels, int64_t pixel, int64_t pixels, const int32_t* dots) const {
    thread_local Scratch values_scratch;
    const bool in_place = output_.type == OutputType::kFloat32;
    const int64_t stride = in_place ? g_.out_channels : channels;
    float* const values = in_place ? static_cast<float*>(output_.y) + pixel * stride + first
                                   : values_scratch.get<float>(static_cast<size_t>(pixels * channels));
    kernels_.scale_dots(dots, operands_.scale == nullptr ? nullptr : operands_.scale + first, channels, pixels, values, stride);
    if (!is_identity(transform_, output_)) write_pixels(transform_, output_, {first, channels, g_.out_channels}, {values, stride, pixel, pixels});
  }

  const Conv2dGeometry& g_;
  const DepthwiseOperands& operands_;
  const OutputTransform& transform_;
  const BinaryOutput& output_;
  const BitsKernels& kernels_;
  int64_t words_, taps_, block_words_, block_pixels_;
  std::vector<Pass> passes_;
  std::vector<Range> columns_;
  std::vector<int32_t> inside_columns_;
  std::vector<int32_t> tiles_;
  std::vector<int32_t> start_;
};

}  // namespace

void binary_depthwise_conv2d(const Conv2dGeometry& g, const DepthwiseOperands& operands, const OutputTransform& transform, const BinaryOutput& output) {
  Depthwise(g, operands, transform, output).run();
}

}  // namespace onebit
