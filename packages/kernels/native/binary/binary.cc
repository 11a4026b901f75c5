// binaryConv2d, binaryConv2dFloat: conventions in src/bits.ts.
#include <string>

#include "binary_conv.h"
#include "binary_kernels.h"
#include "conv/read_geometry.h"

namespace onebit {
namespace {

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
    {"binaryConv2d", binary_conv2d_words},
    {"binaryConv2dFloat", binary_conv2d_floats},
};

}  // namespace

void register_binary(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
