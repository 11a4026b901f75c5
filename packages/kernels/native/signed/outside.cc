#include "signed/outside.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "thread_pool.h"

namespace onebit {
namespace {

float round_bf16(float v) {
  if (!std::isfinite(v)) return v;
  uint32_t bits;
  std::memcpy(&bits, &v, sizeof bits);
  bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u;
  std::memcpy(&v, &bits, sizeof v);
  return v;
}

/// Output positions [begin, end) whose tap lies inside the input along one axis.
struct Inside {
  int64_t begin, end;
  Inside(int64_t offset, int64_t stride, int64_t in, int64_t out) {
    begin = std::min(out, offset >= 0 ? 0 : (-offset + stride - 1) / stride);
    end = std::max(begin, offset >= in ? 0 : std::min(out, (in - 1 - offset) / stride + 1));
  }
  bool contains(int64_t i) const { return i >= begin && i < end; }
};

class TapSums {
 public:
  TapSums(const Conv2dGeometry& g, const float* dy, bool bf16) : g_(g), dy_(dy), bf16_(bf16), sums_(static_cast<size_t>(g.out_channels)) {}

  /// to[o] = the sums of one tap. In double: they are subtracted from sums that contain them.
  void write(const Inside& rows, const Inside& columns, OutsideFactors factors, float* to) {
    std::fill(sums_.begin(), sums_.end(), 0.0);
    for (int64_t line = 0; line < g_.batch * g_.out_height; line++) {
      if (!rows.contains(line % g_.out_height)) {
        add(line, 0, g_.out_width, factors.row);
      } else {
        add(line, 0, columns.begin, factors.column);
        add(line, columns.end, g_.out_width, factors.column);
      }
    }
    for (int64_t o = 0; o < g_.out_channels; o++) to[o] = static_cast<float>(sums_[static_cast<size_t>(o)]);
  }

 private:
  void add(int64_t line, int64_t begin, int64_t end, float factor) {
    if (factor == 0) return;
    for (int64_t i = begin; i < end; i++) {
      const float* from = dy_ + (line * g_.out_width + i) * g_.out_channels;
      if (bf16_) {
        for (int64_t o = 0; o < g_.out_channels; o++) sums_[static_cast<size_t>(o)] += factor * round_bf16(from[o]);
      } else {
        for (int64_t o = 0; o < g_.out_channels; o++) sums_[static_cast<size_t>(o)] += factor * from[o];
      }
    }
  }

  const Conv2dGeometry& g_;
  const float* dy_;
  bool bf16_;
  std::vector<double> sums_;
};

}  // namespace

std::vector<float> outside_sums(const Conv2dGeometry& g, const float* dy, OutsideFactors factors, bool bf16) {
  std::vector<float> sums(static_cast<size_t>(g.kernel_height * g.kernel_width * g.out_channels));
  if (factors.row == 0 && factors.column == 0) return sums;
  parallel_for(g.kernel_height * g.kernel_width, 1, [&](int64_t begin, int64_t end) {
    TapSums one(g, dy, bf16);
    for (int64_t tap = begin; tap < end; tap++) {
      const int64_t kh = tap / g.kernel_width, kw = tap % g.kernel_width;
      const Inside rows(kh * g.dilation_height - g.pad_top, g.stride_height, g.in_height, g.out_height);
      const Inside columns(kw * g.dilation_width - g.pad_left, g.stride_width, g.in_width, g.out_width);
      one.write(rows, columns, factors, sums.data() + tap * g.out_channels);
    }
  });
  return sums;
}

}  // namespace onebit
