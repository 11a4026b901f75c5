// packBits, unpackBits, packFilter, packMask, maxPoolBits, binaryDepthwiseConv2d: src/native/bits.ts.
#include <algorithm>
#include <string>

#include "binary/read_transform.h"
#include "bits/depthwise.h"
#include "bits/pack.h"
#include "bits/pool.h"
#include "bits/read_bits.h"
#include "conv/read_geometry.h"
#include "thread_pool.h"

namespace onebit {
namespace {

constexpr int64_t kMaxChannels = int64_t{1} << 31;

/// Floats [pixels, channels] and their words, checked.
struct Pixels {
  Span<float> x;
  Span<int32_t> words;
  int64_t channels, per_pixel, count;

  /// Calls kernel(x, words, count) for blocks of pixels, on all threads.
  template <typename Kernel>
  void each_block(const Kernel& kernel) const {
    // Enough floats that the time of handing out a block does not count (2 microseconds of memory traffic).
    parallel_for(count, std::max<int64_t>(1, 16384 / channels), [&](int64_t begin, int64_t end) {
      kernel(x.data + begin * channels, words.data + begin * per_pixel, end - begin);
    });
  }
};

Pixels read_pixels(const Args& args, size_t x, size_t words, int64_t channels) {
  Pixels pixels{args.floats(x, "x"), args.int32s(words, "words"), channels, words_for(channels), 0};
  const auto size = static_cast<int64_t>(pixels.x.size);
  args.require(size % channels == 0, "x must have a length divisible by %lld channels, got %zu", static_cast<long long>(channels), pixels.x.size);
  pixels.count = size / channels;
  args.require(static_cast<int64_t>(pixels.words.size) == pixels.count * pixels.per_pixel, "words must have length %lld, got %zu",
               static_cast<long long>(pixels.count * pixels.per_pixel), pixels.words.size);
  return pixels;
}

/// packBits(x, words, channels, levels, threshold?)
napi_value pack_bits(Args& args) {
  const int64_t channels = args.integer(2, "channels", 1, kMaxChannels);
  const Levels levels = read_levels(Field(args, 3, "levels"));
  const BitThreshold threshold = read_threshold(Field(args, 4, "threshold"), channels);
  read_pixels(args, 0, 1, channels).each_block([&](const float* x, int32_t* words, int64_t count) {
    pack_pixels(x, channels, channels, count, levels, threshold, words);
  });
  return nullptr;
}

/// unpackBits(words, x, channels, levels)
napi_value unpack_bits(Args& args) {
  const int64_t channels = args.integer(2, "channels", 1, kMaxChannels);
  const Levels levels = read_levels(Field(args, 3, "levels"));
  read_pixels(args, 1, 0, channels).each_block([&](float* x, const int32_t* words, int64_t count) {
    unpack_pixels(words, channels, count, levels, x);
  });
  return nullptr;
}

/// packMask(x, words, channels, mask)
napi_value pack_masks(Args& args) {
  const int64_t channels = args.integer(2, "channels", 1, kMaxChannels);
  const std::string mask = args.text(3, "mask");
  args.require(mask == "clip" || mask == "clip-open", "mask must be 'clip' or 'clip-open', got '%s'", mask.c_str());
  read_pixels(args, 0, 1, channels).each_block([&](const float* x, int32_t* words, int64_t count) {
    pack_mask(x, channels, count, mask == "clip-open", words);
  });
  return nullptr;
}

/// packFilter(filter, words, taps, inChannels, outChannels)
napi_value pack_filters(Args& args) {
  const int64_t taps = args.integer(2, "taps", 1, 1 << 24);
  const int64_t in = args.integer(3, "inChannels", 1, 1 << 30);
  const int64_t out = args.integer(4, "outChannels", 1, 1 << 30);
  const double size = static_cast<double>(taps) * static_cast<double>(in) * static_cast<double>(out);
  args.require(size <= 1099511627776.0, "filter must have at most 2^40 elements, got %g", size);
  const auto filter = args.floats(0, "filter", static_cast<size_t>(taps * in * out));
  const auto words = args.int32s(1, "words", static_cast<size_t>(out * taps * words_for(in)));
  pack_filter(filter.data, out, taps, in, out, words.data);
  return nullptr;
}

/// maxPoolBits(x, y, geometry, levels)
napi_value max_pool(Args& args) {
  const Conv2dGeometry g = read_geometry(args, 2);
  args.require(g.groups == 1 && g.in_channels == g.out_channels,
               "geometry: inChannels and outChannels must be equal and groups 1, got %lld, %lld and %lld", static_cast<long long>(g.in_channels),
               static_cast<long long>(g.out_channels), static_cast<long long>(g.groups));
  const Levels levels = read_levels(Field(args, 3, "levels"));
  const auto words = static_cast<size_t>(words_for(g.in_channels));
  const auto x = args.int32s(0, "x", static_cast<size_t>(g.batch * g.in_height * g.in_width) * words);
  const auto y = args.int32s(1, "y", static_cast<size_t>(g.batch * g.out_height * g.out_width) * words);
  max_pool_bits(g, levels, x.data, y.data);
  return nullptr;
}

/// binaryDepthwiseConv2d(x, filter, scale | null, geometry, padValue, levels, ...transform and output)
napi_value depthwise_conv2d(Args& args) {
  const Conv2dGeometry g = read_geometry(args, 3);
  args.require(g.groups == g.in_channels && g.in_channels == g.out_channels,
               "geometry: groups, inChannels and outChannels must be equal, got %lld, %lld and %lld", static_cast<long long>(g.groups),
               static_cast<long long>(g.in_channels), static_cast<long long>(g.out_channels));
  const BinaryReading reading = read_reading(args, 4, 5);
  const Field x(args, 0, "x"), filter(args, 1, "filter"), scale(args, 2, "scale");
  const CheckedOutput checked = read_output(OutputFields(args, 6), g, scale.is_nullish());
  const int64_t words = words_for(g.in_channels);
  const DepthwiseOperands operands{x.int32s(static_cast<size_t>(g.batch * g.in_height * g.in_width * words)).data,
                                   filter.int32s(static_cast<size_t>(g.kernel_height * g.kernel_width * words)).data,
                                   scale.optional_floats(static_cast<size_t>(g.out_channels)).data, reading};
  binary_depthwise_conv2d(g, operands, checked.transform, checked.output);
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {
    {"packBits", pack_bits},
    {"unpackBits", unpack_bits},
    {"packMask", pack_masks},
    {"packFilter", pack_filters},
    {"maxPoolBits", max_pool},
    {"binaryDepthwiseConv2d", depthwise_conv2d},
};

}  // namespace

void register_bits(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
