#include <algorithm>
#include <cstring>

#include "bits/levels.h"
#include "signed/signed.h"
#include "thread_pool.h"

namespace onebit {
namespace {

// Output channels of a task, so that dw is read in long pieces, and of the innermost loop, whose sums stay in registers.
constexpr int64_t kTaskChannels = 256;
constexpr int64_t kLanes = 16;

/// Adds +-dw of the rows [0, count) of a word: row c of lane i is negative where bit c of signs[i] is 1.
inline __attribute__((always_inline)) void add_word(const float* dw, int64_t stride, int64_t count, const uint32_t* signs, int64_t lanes,
                                                    double* sums) {
  for (int64_t c = 0; c < count; c++, dw += stride) {
    for (int64_t i = 0; i < lanes; i++) {
      uint32_t bits;
      std::memcpy(&bits, dw + i, sizeof bits);
      bits ^= signs[i] >> c << 31;
      float value;
      std::memcpy(&value, &bits, sizeof value);
      sums[i] += static_cast<double>(value);
    }
  }
}

struct Filter {
  const int32_t* words;  // [O, taps, words per tap]
  int64_t taps, in_channels, out_channels;
};

/// sums[i] += one word of channels of one tap for output channels [o, o + lanes).
void add_lanes(const Filter& filter, const float* dw, int64_t tap, int64_t word, int64_t o, int64_t lanes, double* sums) {
  const int64_t words = words_for(filter.in_channels);
  uint32_t signs[kLanes];
  for (int64_t i = 0; i < lanes; i++) signs[i] = static_cast<uint32_t>(filter.words[((o + i) * filter.taps + tap) * words + word]);
  const float* from = dw + (tap * filter.in_channels + word * 32) * filter.out_channels + o;
  const int64_t count = std::min<int64_t>(32, filter.in_channels - word * 32);
  // A constant number of lanes unrolls into vectors.
  if (lanes == kLanes) {
    add_word(from, filter.out_channels, count, signs, kLanes, sums);
  } else {
    add_word(from, filter.out_channels, count, signs, lanes, sums);
  }
}

}  // namespace

void binary_scale_gradient(const float* dw, const int32_t* words, float* dscale, int64_t taps, int64_t in_channels, int64_t out_channels) {
  const Filter filter{words, taps, in_channels, out_channels};
  parallel_for(out_channels, kTaskChannels, [&](int64_t begin, int64_t end) {
    double sums[kTaskChannels] = {};
    for (int64_t row = 0; row < taps * words_for(in_channels); row++) {
      const int64_t tap = row / words_for(in_channels), word = row % words_for(in_channels);
      for (int64_t o = begin; o < end; o += kLanes) add_lanes(filter, dw, tap, word, o, std::min(kLanes, end - o), sums + o - begin);
    }
    for (int64_t o = begin; o < end; o++) dscale[o] = static_cast<float>(sums[o - begin]);
  });
}

}  // namespace onebit
