// binaryConv2dBackpropInput, binaryConv2dBackpropFilter, binaryScaleGradient, bf16Gradients: src/native/signed.ts.
#include "signed/signed.h"

#include <string>

#include "bits/read_bits.h"
#include "conv/read_geometry.h"
#include "napi_args.h"
#include "napi_field.h"
#include "vector/common.h"

namespace onebit {
namespace {

size_t packed_input_size(const Conv2dGeometry& g) {
  return static_cast<size_t>(g.batch * g.in_height * g.in_width * words_for(g.in_channels));
}

bool read_bf16(const Field& precision) {
  const std::string name = precision.text();
  if (name != "fp32" && name != "bf16") precision.fail("must be 'fp32' or 'bf16', got '%s'", name.c_str());
  if (name == "bf16" && !bf16_gradients()) precision.fail("must be 'fp32': bf16 needs AVX512-BF16 and an AVX-512 kernel set");
  return name == "bf16";
}

/// A slope called by name, at x of `size` numbers; none if x is null.
Slope read_slope(Args& args, size_t name, size_t x, size_t size) {
  if (args.is_nullish(x)) return {};
  const GradientEntry& entry = entry_named(args, vector_set().unary_gradient, args.text(name, "slope"));
  return {entry.f32, args.floats(x, "slope.x", size).data};
}

/// binaryConv2dBackpropInput(dy, filter, scale | null, mask | null, dx, geometry, precision, slope, x | null)
napi_value backprop_input(Args& args) {
  const Conv2dGeometry g = read_geometry(args, 5);
  const bool bf16 = read_bf16(Field(args, 6, "precision"));
  const auto dy = args.floats(0, "dy", g.output_size());
  const auto words = static_cast<size_t>(g.out_channels * g.kernel_height * g.kernel_width * words_for(g.group_in()));
  const auto filter = args.int32s(1, "filter", words);
  const auto scale = args.is_nullish(2) ? Span<float>{} : args.floats(2, "scale", static_cast<size_t>(g.out_channels));
  const auto mask = args.is_nullish(3) ? Span<int32_t>{} : args.int32s(3, "mask", packed_input_size(g));
  const auto dx = args.floats(4, "dx", g.input_size());
  const Slope slope = read_slope(args, 7, 8, g.input_size());
  binary_input_gradient(g, dy.data, filter.data, scale.data, mask.data, slope, dx.data, bf16);
  return nullptr;
}

/// binaryConv2dBackpropFilter(x, dy, dw, geometry, padValue, levels, precision, slope, w | null)
napi_value backprop_filter(Args& args) {
  const Conv2dGeometry g = read_geometry(args, 3);
  const auto pad_value = static_cast<int32_t>(args.integer(4, "reading: padValue", -1, 1));
  const Levels levels = read_levels(Field(args, 5, "reading: levels"));
  const bool bf16 = read_bf16(Field(args, 6, "precision"));
  const auto x = args.int32s(0, "x", packed_input_size(g));
  const auto dy = args.floats(1, "dy", g.output_size());
  const auto dw = args.floats(2, "dw", g.filter_size());
  const Slope slope = read_slope(args, 7, 8, g.filter_size());
  binary_filter_gradient(g, x.data, dy.data, slope, dw.data, pad_value, levels, bf16);
  return nullptr;
}

/// binaryScaleGradient(dw, filter, dScale, taps, inChannels)
napi_value scale_gradient(Args& args) {
  constexpr int64_t kMax = int64_t{1} << 31;
  const int64_t taps = args.integer(3, "taps", 1, kMax), in_channels = args.integer(4, "inChannels", 1, kMax);
  const auto dscale = args.floats(2, "dScale");
  const auto out_channels = static_cast<int64_t>(dscale.size);
  const double size = static_cast<double>(taps) * static_cast<double>(in_channels) * static_cast<double>(out_channels);
  args.require(size <= 1099511627776.0, "dw must have at most 2^40 elements, got %g", size);
  const auto dw = args.floats(0, "dw", static_cast<size_t>(taps * in_channels * out_channels));
  const auto filter = args.int32s(1, "filter", static_cast<size_t>(out_channels * taps * words_for(in_channels)));
  binary_scale_gradient(dw.data, filter.data, dscale.data, taps, in_channels, out_channels);
  return nullptr;
}

/// bf16Gradients()
napi_value bf16_gradients_here(Args& args) { return args.make_boolean(bf16_gradients()); }

constexpr FunctionEntry kFunctions[] = {
    {"binaryConv2dBackpropInput", backprop_input},
    {"binaryConv2dBackpropFilter", backprop_filter},
    {"binaryScaleGradient", scale_gradient},
    {"bf16Gradients", bf16_gradients_here},
};

}  // namespace

void register_signed(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
