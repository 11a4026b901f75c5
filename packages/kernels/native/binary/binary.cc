// packBits, unpackBits, packFilter, binaryConv2d, binaryConv2dFloat: conventions in src/bits.ts.
#include <algorithm>
#include <string>

#include "binary_conv.h"
#include "binary_kernels.h"
#include "conv/read_geometry.h"
#include "thread_pool.h"

namespace onebit {
namespace {

constexpr int64_t kMaxSize = int64_t{1} << 31;

bool read_zero_one(const Args& args, size_t i) {
  const std::string levels = args.text(i, "levels");
  args.require(levels == "pm1" || levels == "zero-one", "levels must be 'pm1' or 'zero-one', got '%s'", levels.c_str());
  return levels == "zero-one";
}

BinaryOptions read_options(const Args& args, size_t pad_value, size_t levels) {
  return {static_cast<int32_t>(args.integer(pad_value, "padValue", -1, 1)),
          read_zero_one(args, levels) ? Levels::kZeroOne : Levels::kPm1};
}

/// Dot products and twice the counts are int32.
void check_depth(const Args& args, const Conv2dGeometry& g) {
  const int64_t depth = g.kernel_height * g.kernel_width * g.group_in();
  args.require(depth < (1 << 30), "geometry: a dot product must have fewer than 2^30 terms, got %lld", static_cast<long long>(depth));
}

/// Floats and words of the same pixels: returns how many pixels.
int64_t check_pixels(const Args& args, size_t floats, size_t words, int64_t channels) {
  const auto size = static_cast<int64_t>(floats);
  args.require(size % channels == 0, "x must have a length divisible by %lld channels, got %zu", static_cast<long long>(channels), floats);
  const int64_t pixels = size / channels;
  args.require(static_cast<int64_t>(words) == pixels * words_for(channels), "words must have length %lld, got %zu",
               static_cast<long long>(pixels * words_for(channels)), words);
  return pixels;
}

int64_t grain_for(int64_t channels) { return std::max<int64_t>(1, 16384 / channels); }

/// packBits(x, words, channels, levels)
napi_value pack_bits(Args& args) {
  const auto x = args.floats(0, "x");
  const auto words = args.int32s(1, "words");
  const int64_t channels = args.integer(2, "channels", 1, kMaxSize);
  const bool zero_one = read_zero_one(args, 3);
  const int64_t pixels = check_pixels(args, x.size, words.size, channels);
  parallel_for(pixels, grain_for(channels), [&](int64_t begin, int64_t end) {
    binary_kernels().pack(x.data + begin * channels, channels, channels, end - begin, zero_one, words.data + begin * words_for(channels));
  });
  return nullptr;
}

/// unpackBits(words, x, channels, levels)
napi_value unpack_bits(Args& args) {
  const auto words = args.int32s(0, "words");
  const auto x = args.floats(1, "x");
  const int64_t channels = args.integer(2, "channels", 1, kMaxSize);
  const bool zero_one = read_zero_one(args, 3);
  const int64_t pixels = check_pixels(args, x.size, words.size, channels);
  parallel_for(pixels, grain_for(channels), [&](int64_t begin, int64_t end) {
    binary_kernels().unpack(words.data + begin * words_for(channels), channels, end - begin, zero_one, x.data + begin * channels);
  });
  return nullptr;
}

/// packFilter(filter, words, taps, inChannels, outChannels)
napi_value pack_filter(Args& args) {
  const int64_t taps = args.integer(2, "taps", 1, 1 << 24);
  const int64_t in = args.integer(3, "inChannels", 1, 1 << 30);
  const int64_t out = args.integer(4, "outChannels", 1, 1 << 30);
  const double size = static_cast<double>(taps) * static_cast<double>(in) * static_cast<double>(out);
  args.require(size <= 1099511627776.0, "filter must have at most 2^40 elements, got %g", size);
  const auto filter = args.floats(0, "filter", static_cast<size_t>(taps * in * out));
  const auto words = args.int32s(1, "words", static_cast<size_t>(out * taps * words_for(in)));
  pack_filter_words(filter.data, taps, in, out, words.data);
  return nullptr;
}

/// binaryConv2d(x, filter, y, geometry, padValue, levels)
napi_value binary_conv2d_words(Args& args) {
  const Conv2dGeometry g = read_geometry(args, 3);
  const BinaryOptions options = read_options(args, 4, 5);
  check_depth(args, g);
  const auto pixels = static_cast<size_t>(g.batch * g.in_height * g.in_width);
  const auto taps = static_cast<size_t>(g.kernel_height * g.kernel_width);
  const auto x = args.int32s(0, "x", pixels * static_cast<size_t>(words_for(g.in_channels)));
  const auto filter = args.int32s(1, "filter", static_cast<size_t>(g.out_channels) * taps * static_cast<size_t>(words_for(g.group_in())));
  const auto y = args.int32s(2, "y", g.output_size());
  binary_conv2d(g, options, x.data, filter.data, y.data);
  return nullptr;
}

/// binaryConv2dFloat(x, filter, scale | null, y, geometry, padValue, levels)
napi_value binary_conv2d_floats(Args& args) {
  const Conv2dGeometry g = read_geometry(args, 4);
  const BinaryOptions options = read_options(args, 5, 6);
  check_depth(args, g);
  const auto x = args.floats(0, "x", g.input_size());
  const auto filter = args.floats(1, "filter", g.filter_size());
  const auto scale = args.optional_floats(2, "scale");
  args.require(!scale || scale.size == static_cast<size_t>(g.out_channels), "scale must have length %lld, got %zu",
               static_cast<long long>(g.out_channels), scale.size);
  const auto y = args.floats(3, "y", g.output_size());
  binary_conv2d_float(g, options, x.data, filter.data, scale.data, y.data);
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {
    {"packBits", pack_bits},
    {"unpackBits", unpack_bits},
    {"packFilter", pack_filter},
    {"binaryConv2d", binary_conv2d_words},
    {"binaryConv2dFloat", binary_conv2d_floats},
};

}  // namespace

void register_binary(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
