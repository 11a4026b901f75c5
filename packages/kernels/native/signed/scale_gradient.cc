#include <algorithm>

#include "bits/levels.h"
#include "signed/signed.h"
#include "thread_pool.h"

namespace onebit {
namespace {

constexpr int64_t kLanes = 16;  // output channels at a time: a cache line of dw

}  // namespace

void binary_scale_gradient(const float* dw, const int32_t* filter, float* dscale, int64_t taps, int64_t in_channels, int64_t out_channels) {
  const int64_t words = words_for(in_channels);
  parallel_for((out_channels + kLanes - 1) / kLanes, 1, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; block++) {
      const int64_t o = block * kLanes, lanes = std::min(kLanes, out_channels - o);
      double sums[kLanes] = {};
      for (int64_t row = 0; row < taps * in_channels; row++) {
        const int64_t c = row % in_channels, word = row / in_channels * words + c / 32;
        for (int64_t i = 0; i < lanes; i++) {
          const bool negative = (static_cast<uint32_t>(filter[(o + i) * taps * words + word]) >> c % 32 & 1) != 0;
          const double value = dw[row * out_channels + o + i];
          sums[i] += negative ? -value : value;
        }
      }
      for (int64_t i = 0; i < lanes; i++) dscale[o + i] = static_cast<float>(sums[i]);
    }
  });
}

}  // namespace onebit
