#include "bit_planes.h"

#include <algorithm>

#include "bits/levels.h"

namespace onebit {
namespace {

/// Whole vectors are read from any cell, the last one included: 16 words are the widest vector.
constexpr int64_t kOverread = 16;

int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

/// The words of one group in a pixel: bits from `shift` of word `first` on, where `tail` masks the last one.
struct GroupBits {
  GroupBits(const Conv2dGeometry& g, int64_t group)
      : first(group * g.group_in() / 32),
        shift(static_cast<int>(group * g.group_in() % 32)),
        words(words_for(g.group_in())),
        pixel_words(words_for(g.in_channels)),
        tail(g.group_in() % 32 == 0 ? ~0u : (1u << g.group_in() % 32) - 1) {}

  /// Word w of `count` pixels that are `step` words apart.
  void copy(const int32_t* from, int64_t w, int64_t step, int64_t count, int32_t* to) const {
    const uint32_t mask = w == words - 1 ? tail : ~0u;
    from += first + w;
    // A constant step is compiled to vector instructions.
    if (shift != 0) return copy_shifted(from, w, step, count, mask, to);
    if (step == 1) return copy_words(from, 1, count, mask, to);
    if (step == 2) return copy_words(from, 2, count, mask, to);
    if (step == 4) return copy_words(from, 4, count, mask, to);
    copy_words(from, step, count, mask, to);
  }

  int64_t first;
  int shift;
  int64_t words, pixel_words;
  uint32_t tail;

 private:
  static void copy_words(const int32_t* from, int64_t step, int64_t count, uint32_t mask, int32_t* to) {
    for (int64_t i = 0; i < count; i++) to[i] = static_cast<int32_t>(static_cast<uint32_t>(from[i * step]) & mask);
  }

  void copy_shifted(const int32_t* from, int64_t w, int64_t step, int64_t count, uint32_t mask, int32_t* to) const {
    // The last word of a pixel has no successor; what the group needs is in it then.
    const bool has_next = first + w + 1 < pixel_words;
    for (int64_t i = 0; i < count; i++) {
      const uint32_t next = has_next ? static_cast<uint32_t>(from[i * step + 1]) << (32 - shift) : 0;
      to[i] = static_cast<int32_t>((static_cast<uint32_t>(from[i * step]) >> shift | next) & mask);
    }
  }
};

}  // namespace

PlaneAxis::PlaneAxis(int64_t in, int64_t kernel, int64_t stride, int64_t dilation, int64_t pad, int64_t first, int64_t outputs)
    : in(in), stride(stride), cells(0), slot(static_cast<size_t>(kernel), -1), shift(static_cast<size_t>(kernel), 0) {
  // Only taps that see the input take part: dilations and pads may be far larger than the image.
  std::vector<int64_t> phases;
  int64_t low = 0, high = 0;  // of the shifts
  for (size_t k = 0; k < slot.size(); k++) {
    const int64_t begin = first * stride + static_cast<int64_t>(k) * dilation - pad, end = begin + (outputs - 1) * stride;
    // The first position from `begin` on that is inside, on the grid of the stride.
    const int64_t inside = begin >= 0 ? begin : begin + (-begin + stride - 1) / stride * stride;
    if (inside >= in || inside > end) continue;
    shift[k] = floor_div(begin, stride);
    low = phases.empty() ? shift[k] : std::min(low, shift[k]);
    high = phases.empty() ? shift[k] : std::max(high, shift[k]);
    const int64_t phase = begin - shift[k] * stride;
    const auto found = std::find(phases.begin(), phases.end(), phase);
    slot[k] = found - phases.begin();
    if (found == phases.end()) phases.push_back(phase);
  }
  if (phases.empty()) return;
  cells = outputs + high - low;
  for (size_t k = 0; k < slot.size(); k++) shift[k] -= low;
  for (const int64_t phase : phases) origin.push_back(low * stride + phase);
}

BitPlanes::BitPlanes(const Conv2dGeometry& g, const Band& band)
    : g_(g),
      image_(band.image),
      words_(words_for(g.group_in())),
      rows_(g.in_height, g.kernel_height, g.stride_height, g.dilation_height, g.pad_top, band.row, band.rows),
      columns_(g.in_width, g.kernel_width, g.stride_width, g.dilation_width, g.pad_left, band.column, band.columns),
      row_pitch_(std::max(columns_.slots() * columns_.cells, band.columns)),
      plane_(rows_.slots() * rows_.cells * row_pitch_),
      zeros_(words_ * plane_) {
  for (int64_t s = 0; s < columns_.slots(); s++) {
    const int64_t origin = columns_.position(s, 0), stride = columns_.stride;
    const int64_t begin = std::clamp<int64_t>(-floor_div(origin, stride), 0, columns_.cells);
    inside_.push_back({begin, std::clamp<int64_t>(floor_div(g.in_width - 1 - origin, stride) + 1, begin, columns_.cells)});
  }
  bool needs_zeros = false;
  for (size_t kh = 0; kh < rows_.slot.size(); kh++) {
    for (size_t kw = 0; kw < columns_.slot.size(); kw++) {
      const bool outside = rows_.slot[kh] < 0 || columns_.slot[kw] < 0;
      needs_zeros |= outside;
      const int64_t row = rows_.slot[kh] * rows_.cells + rows_.shift[kh];
      const int64_t column = columns_.slot[kw] * columns_.cells + columns_.shift[kw];
      for (int64_t w = 0; w < words_; w++) offsets_.push_back(outside ? zeros_ : w * plane_ + row * row_pitch_ + column);
    }
  }
  size_ = zeros_ + (needs_zeros ? band.rows * row_pitch_ : 0) + kOverread;
}

void BitPlanes::fill(const int32_t* x, int64_t group, int32_t* planes) const {
  const GroupBits bits(g_, group);
  const int64_t step = columns_.stride * bits.pixel_words;
  for (int64_t i = 0; i < rows_.slots() * rows_.cells * words_; i++) {
    const int64_t w = i % words_, row_cell = i / words_;
    int32_t* to = planes + w * plane_ + row_cell * row_pitch_;
    const int64_t row = rows_.position(row_cell / rows_.cells, row_cell % rows_.cells);
    if (row < 0 || row >= g_.in_height) {
      std::fill(to, to + row_pitch_, 0);
      continue;
    }
    const int32_t* const from = x + (image_ * g_.in_height + row) * g_.in_width * bits.pixel_words;
    for (int64_t s = 0; s < columns_.slots(); s++, to += columns_.cells) {
      const auto [begin, end] = inside_[static_cast<size_t>(s)];
      for (int64_t cell = 0; cell < begin; cell++) to[cell] = 0;
      if (begin < end) bits.copy(from + columns_.position(s, begin) * bits.pixel_words, w, step, end - begin, to + begin);
      for (int64_t cell = end; cell < columns_.cells; cell++) to[cell] = 0;
    }
  }
  std::fill(planes + zeros_, planes + size_, 0);
}

}  // namespace onebit
