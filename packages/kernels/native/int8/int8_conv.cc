#include "int8/int8_conv.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "conv/scratch.h"
#include "thread_pool.h"

namespace onebit {
namespace {

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// A copied image band leaves room for a sliver of weights in the second-level cache.
constexpr int64_t kBandBytes = 512 * 1024;
/// Words at the end of a run may reach this far beyond the copy.
constexpr int64_t kSlack = 64;

/// The filter in slivers: for each group its columns in pieces of two vectors, the last one a single vector where that suffices; each sliver is
/// [words][columns][elements of a word].
struct Panels {
  int64_t width, per_word, element;
  int64_t run_elements, run_words, runs;  // pieces of the depth that lie together in the image
  int64_t columns, groups;                // columns of a group

  Panels(const Conv2dGeometry& g, const Int8Kernels& kernels)
      : width(kernels.width), per_word(4 / kernels.element_bytes), element(kernels.element_bytes), columns(g.group_out()), groups(g.groups) {
    const bool joined = g.groups == 1 && g.dilation_width == 1;
    runs = joined ? g.kernel_height : g.kernel_height * g.kernel_width;
    run_elements = g.kernel_height * g.kernel_width / runs * g.group_in();
    run_words = ceil_div(run_elements, per_word);
  }
  int64_t words() const { return runs * run_words; }
  int64_t padded() const { return ceil_div(columns, width) * width; }
  int64_t per_group() const { return ceil_div(columns, 2 * width); }
  int64_t count() const { return groups * per_group(); }
  int64_t column(int64_t sliver) const { return sliver % per_group() * 2 * width; }
  int vectors(int64_t sliver) const { return columns - column(sliver) > width ? 2 : 1; }
  /// Behind the slivers: the sum of the weights of each column, and the number of runs.
  int64_t sums() const { return groups * padded() * words(); }
  int64_t size() const { return sums() + groups * padded() + 1; }
  /// Columns before a sliver, with padding.
  int64_t first(int64_t sliver) const { return sliver / per_group() * padded() + column(sliver); }
};

void put_element(void* to, int64_t index, int64_t element, int8_t value) {
  switch (element) {
    case 1:
      static_cast<int8_t*>(to)[index] = value;
      break;
    case 2:
      static_cast<int16_t*>(to)[index] = value;
      break;
    default:
      static_cast<int32_t*>(to)[index] = value;
  }
}

/// The image below a band of output lines, widened to elements, with padding around it.
struct Band {
  int64_t lines;          // of outputs, at most
  int64_t rows, columns;  // of pixels
  int64_t pixel, row;     // bytes

  Band(const Conv2dGeometry& g, const Int8Kernels& kernels) {
    columns = (g.out_width - 1) * g.stride_width + (g.kernel_width - 1) * g.dilation_width + 1;
    pixel = g.in_channels * kernels.element_bytes;
    // An odd number of cache lines, so that the rows of the image fall into different sets.
    row = ceil_div(columns * pixel, 128) * 128 + 64;
    const int64_t extent = (g.kernel_height - 1) * g.dilation_height + 1;
    const int64_t fitting = (std::max(extent, kBandBytes / row) - extent) / g.stride_height + 1;
    lines = std::min(fitting, g.out_height);
    rows = (lines - 1) * g.stride_height + extent;
  }
  size_t bytes() const { return static_cast<size_t>(rows * row + kSlack); }
};

/// Copies the rows of the image that output lines [q0, q1) of image n read. Elements outside get the value of a zero.
void copy_band(const Conv2dGeometry& g, const Int8Kernels& kernels, const Band& band, const Int8Convolution& c, int64_t n, int64_t q0, int64_t q1,
               char* to) {
  const int32_t offset = kernels.offset_elements ? 128 : -c.zero_point;
  const int8_t outside = static_cast<int8_t>(c.zero_point);
  const int64_t left = std::clamp<int64_t>(g.pad_left, 0, band.columns);
  const int64_t right = std::clamp<int64_t>(g.in_width + g.pad_left, left, band.columns);
  const int64_t rows = (q1 - q0 - 1) * g.stride_height + (g.kernel_height - 1) * g.dilation_height + 1;
  std::vector<int8_t> zeros(static_cast<size_t>(band.columns * g.in_channels), outside);
  for (int64_t i = 0; i < rows; i++, to += band.row) {
    const int64_t y = q0 * g.stride_height - g.pad_top + i;
    if (y < 0 || y >= g.in_height) {
      kernels.widen(zeros.data(), band.columns * g.in_channels, offset, to);
      continue;
    }
    const int8_t* line = c.x + (n * g.in_height + y) * g.in_width * g.in_channels;
    kernels.widen(zeros.data(), left * g.in_channels, offset, to);
    kernels.widen(line, (right - left) * g.in_channels, offset, to + left * band.pixel);
    kernels.widen(zeros.data(), (band.columns - right) * g.in_channels, offset, to + right * band.pixel);
  }
}

/// Where the runs of a window lie in the band, from its first pixel on.
std::vector<WordRun> word_runs(const Conv2dGeometry& g, const Panels& panels, const Band& band) {
  std::vector<WordRun> runs;
  const int64_t per_row = panels.runs / g.kernel_height;
  for (int64_t i = 0; i < panels.runs; i++) {
    const int64_t kh = i / per_row, kw = i % per_row;
    runs.push_back({kh * g.dilation_height * band.row + kw * g.dilation_width * band.pixel, panels.run_words});
  }
  return runs;
}

/// One call's constants.
struct Work {
  const Conv2dGeometry& g;
  const Int8Convolution& c;
  const Int8Kernels& kernels;
  Panels panels;
  Band band;
  std::vector<WordRun> runs;
  std::vector<int32_t> corrections;  // per column of the panels

  /// Lines [q0, q1) of image n for one sliver, from the band at `image`.
  void sliver(int64_t s, int64_t n, int64_t q0, int64_t q1, const char* image) const {
    const int64_t group = s / panels.per_group(), first = panels.first(s);
    Int8Tile tile{};
    tile.row_step = g.stride_width * band.pixel;
    tile.runs = runs.data();
    tile.run_count = panels.runs;
    tile.weights = c.panels + first * panels.words();
    tile.correction = corrections.data() + first;
    tile.scale = c.scale;
    tile.transform = &c.transform;
    tile.total_channels = g.out_channels;
    tile.output = &c.output;
    tile.channel = group * panels.columns + panels.column(s);
    tile.channels = std::min(2 * panels.width, panels.columns - panels.column(s));
    const int column = panels.vectors(s) - 1;
    // Two lines of seven pixels fill a tile of fourteen.
    const bool paired = g.out_width == 7 && kernels.max_rows == 14;
    const int64_t line_bytes = g.stride_height * band.row;
    for (int64_t q = q0; q < q1;) {
      const int64_t lines = paired && q + 1 < q1 ? 2 : 1;
      const int64_t pixels = lines * g.out_width, tiles = ceil_div(pixels, kernels.max_rows);
      tile.eighth_row = lines == 2 ? line_bytes : 7 * tile.row_step;
      for (int64_t t = 0; t < tiles; t++) {
        const int64_t r = pixels * t / tiles, end = pixels * (t + 1) / tiles;
        tile.image = image + (q - q0) * line_bytes + r * tile.row_step + group * g.group_in() * kernels.element_bytes;
        tile.pixel = (n * g.out_height + q) * g.out_width + r;
        kernels.tile[end - r - 1][column](tile);
      }
      q += lines;
    }
  }
};

}  // namespace

double int8_band_bytes(const Conv2dGeometry& g) {
  const int64_t rows = (g.kernel_height - 1) * g.dilation_height + 1;
  const int64_t columns = (g.out_width - 1) * g.stride_width + (g.kernel_width - 1) * g.dilation_width + 1;
  return static_cast<double>(rows) * static_cast<double>(columns) * static_cast<double>(g.in_channels) * int8_kernels().element_bytes;
}

int64_t int8_panel_words(const Conv2dGeometry& g) { return Panels(g, int8_kernels()).size(); }

bool fits_geometry(const Conv2dGeometry& g, const int32_t* panels) {
  const Panels wanted(g, int8_kernels());
  return panels[wanted.size() - 1] == wanted.runs;
}

void prepare_int8_filter(const Conv2dGeometry& g, const int8_t* filter, int32_t* to) {
  const Panels panels(g, int8_kernels());
  std::memset(to, 0, static_cast<size_t>(panels.size()) * sizeof(int32_t));
  int32_t* const sums = to + panels.sums();
  to[panels.size() - 1] = static_cast<int32_t>(panels.runs);
  for (int64_t s = 0; s < panels.count(); s++) {
    const int64_t columns = panels.vectors(s) * panels.width, channel = s / panels.per_group() * panels.columns + panels.column(s);
    const int64_t count = std::min(columns, panels.columns - panels.column(s));
    for (int64_t i = 0; i < panels.runs * panels.run_elements; i++) {
      const int64_t word = i / panels.run_elements * panels.run_words + i % panels.run_elements / panels.per_word;
      const int64_t part = i % panels.run_elements % panels.per_word;
      const int8_t* from = filter + i * g.out_channels + channel;
      for (int64_t j = 0; j < count; j++) {
        put_element(to + panels.first(s) * panels.words(), (word * columns + j) * panels.per_word + part, panels.element, from[j]);
        sums[panels.first(s) + j] += from[j];
      }
    }
  }
}

void int8_conv2d(const Conv2dGeometry& g, const Int8Convolution& c) {
  const Int8Kernels& kernels = int8_kernels();
  Work work{g, c, kernels, Panels(g, kernels), Band(g, kernels), {}, {}};
  work.runs = word_runs(g, work.panels, work.band);
  const int32_t* const sums = c.panels + work.panels.sums();
  for (int64_t j = 0; j < work.panels.groups * work.panels.padded(); j++) {
    work.corrections.push_back(kernels.offset_elements ? -(128 + c.zero_point) * sums[j] : 0);
  }
  const int64_t bands = ceil_div(g.out_height, work.band.lines), slivers = work.panels.count();
  // Few bands share the threads by their channels; each then copies its band for itself.
  const int64_t wanted = thread_count() == 1 ? 1 : ceil_div(2 * thread_count(), std::max<int64_t>(1, g.batch * bands));
  const int64_t parts = std::clamp<int64_t>(wanted, 1, slivers);
  parallel_for(g.batch * bands * parts, 1, [&](int64_t begin, int64_t end) {
    thread_local Scratch scratch;
    char* const image = scratch.get<char>(work.band.bytes());
    for (int64_t i = begin; i < end; i++) {
      const int64_t n = i / (bands * parts), band = i / parts % bands, part = i % parts;
      const int64_t q0 = g.out_height * band / bands, q1 = g.out_height * (band + 1) / bands;
      copy_band(g, kernels, work.band, c, n, q0, q1, image);
      for (int64_t s = slivers * part / parts; s < slivers * (part + 1) / parts; s++) work.sliver(s, n, q0, q1, image);
    }
  });
}

}  // namespace onebit
