#include "bits/pack.h"

#include <algorithm>

#include "bits/kernels.h"
#include "dispatch.h"
#include "thread_pool.h"

namespace onebit {

const BitsKernels& bits_kernels() {
#if defined(__x86_64__)
  switch (kernel_set()) {
    case KernelSet::kAvx512Popcnt:
    case KernelSet::kAvx512:
      return kBitsAvx512;
    case KernelSet::kAvx2:
      return kBitsAvx2;
    case KernelSet::kNeon:
    case KernelSet::kScalar:
      break;
  }
#elif defined(__aarch64__)
  if (kernel_set() == KernelSet::kNeon) return kBitsNeon;
#endif
  return kBitsScalar;
}

void pack_pixels(const float* x, int64_t stride, int64_t channels, int64_t pixels, Levels levels, const BitThreshold& threshold, int32_t* words) {
  bits_kernels().pack(x, stride, channels, pixels, levels, threshold, words);
}

void pack_mask(const float* x, int64_t channels, int64_t pixels, bool open, int32_t* words) {
  bits_kernels().pack_mask(x, channels, pixels, open, words);
}

void unpack_pixels(const int32_t* words, int64_t channels, int64_t pixels, Levels levels, float* x) {
  bits_kernels().unpack(words, channels, pixels, levels, x);
}

void pack_filter(const float* filter, int64_t stride, int64_t taps, int64_t channels, int64_t columns, int32_t* words) {
  // A block reads pieces of rows that are long enough for the prefetcher (a quarter of a page); its 16 words fill a cache line of each of its columns,
  // so that no two threads write the same line again and again.
  constexpr int64_t kColumns = 256, kWords = 16;
  const int64_t per_tap = words_for(channels), depth = taps * per_tap;
  const int64_t columns_blocks = (columns + kColumns - 1) / kColumns;
  const BitsKernels& kernels = bits_kernels();
  parallel_for((depth + kWords - 1) / kWords * columns_blocks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; block++) {
      const int64_t column = block % columns_blocks * kColumns, first = block / columns_blocks * kWords;
      for (int64_t w = first; w < std::min(depth, first + kWords); w++) {
        const int64_t channel = w % per_tap * 32;
        kernels.pack_columns(filter + (w / per_tap * channels + channel) * stride + column, stride, std::min<int64_t>(32, channels - channel),
                             std::min(kColumns, columns - column), words + column * depth + w, depth);
      }
    }
  });
}

}  // namespace onebit
