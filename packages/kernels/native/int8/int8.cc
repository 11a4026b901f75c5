// Networks of 8-bit numbers: src/native/int8.ts.
#include <cmath>
#include <vector>

#include "binary/read_transform.h"
#include "conv/read_geometry.h"
#include "conv/scratch.h"
#include "int8/int8_conv.h"
#include "int8/pool.h"
#include "thread_pool.h"

namespace onebit {
namespace {

/// Elements to a block of an element-wise function: a few microseconds of work.
constexpr int64_t kGrain = 32768;

float read_finite(const Field& field) {
  const auto value = static_cast<float>(field.number());
  if (!std::isfinite(value)) field.fail("must be finite, got %g", static_cast<double>(value));
  return value;
}
int32_t read_zero_point(const Field& field) { return static_cast<int32_t>(field.integer(-128, 127)); }

Conv2dGeometry read_int8_geometry(const Args& args, size_t i) {
  const Conv2dGeometry g = read_geometry(args, i);
  const int64_t depth = g.kernel_height * g.kernel_width * g.group_in();
  args.require(depth <= kMaxInt8Depth, "geometry: a dot product must have at most %lld terms, got %lld", static_cast<long long>(kMaxInt8Depth),
               static_cast<long long>(depth));
  constexpr double kMaxBand = 2147483648.0;
  args.require(int8_band_bytes(g) <= kMaxBand, "geometry: the rows of the input below one row of the output must have at most 2^31 bytes, got %g",
               int8_band_bytes(g));
  return g;
}

/// prepareInt8Filter(filter, geometry): the panels
napi_value prepare_int8(Args& args) {
  const Conv2dGeometry g = read_int8_geometry(args, 1);
  const auto filter = Field(args, 0, "filter").int8s(g.filter_size());
  const NewInt32Array panels = args.make_int32s(static_cast<size_t>(int8_panel_words(g)));
  prepare_int8_filter(g, filter.data, panels.data);
  return panels.value;
}

const int32_t* read_panels(const Args& args, size_t i, const Conv2dGeometry& g, bool prepared) {
  const auto words = static_cast<size_t>(int8_panel_words(g));
  if (prepared) {
    const auto panels = args.int32s(i, "term.filter.panels", words);
    args.require(fits_geometry(g, panels.data), "term.filter must be prepared for a geometry with the same dilation");
    return panels.data;
  }
  thread_local Scratch scratch;
  int32_t* const own = scratch.get<int32_t>(words);
  prepare_int8_filter(g, Field(args, i, "term.filter").int8s(g.filter_size()).data, own);
  return own;
}

/// conv2dInt8(x, zeroPoint, filter | panels, scale, geometry, prepared, ...transform and output)
napi_value conv2d_int8(Args& args) {
  const Conv2dGeometry g = read_int8_geometry(args, 4);
  const auto channels = static_cast<size_t>(g.out_channels);
  Int8Convolution c{};
  c.zero_point = read_zero_point(Field(args, 1, "term.zeroPoint"));
  c.x = Field(args, 0, "term.x").int8s(g.input_size()).data;
  const bool scaled = !args.is_nullish(3), prepared = args.boolean(5, "prepared");
  const std::vector<float> ones(scaled ? 0 : channels, 1.0f);
  c.scale = scaled ? args.floats(3, "term.scale", channels).data : ones.data();
  const CheckedOutput checked = read_output(OutputFields(args, 6), g, !scaled);
  args.require(checked.output.type != OutputType::kBits, "output.type must be 'dots', 'float32' or 'int8'");
  c.transform = checked.transform;
  c.output = checked.output;
  c.panels = read_panels(args, 2, g, prepared);
  int8_conv2d(g, c);
  return nullptr;
}

/// quantizeInt8(x, y, inverseStep, zeroPoint)
napi_value quantize_int8(Args& args) {
  const float inverse_step = read_finite(Field(args, 2, "inverseStep"));
  const int32_t zero_point = read_zero_point(Field(args, 3, "zeroPoint"));
  const auto x = args.floats(0, "x");
  const auto y = Field(args, 1, "y").int8s(x.size);
  parallel_for(static_cast<int64_t>(x.size), kGrain, [&](int64_t begin, int64_t end) {
    int8_kernels().quantize(x.data + begin, end - begin, inverse_step, zero_point, y.data + begin);
  });
  return nullptr;
}

/// dequantizeInt8(x, y, step, zeroPoint)
napi_value dequantize_int8(Args& args) {
  const float step = read_finite(Field(args, 2, "step"));
  const int32_t zero_point = read_zero_point(Field(args, 3, "zeroPoint"));
  const auto y = args.floats(1, "y");
  const auto x = Field(args, 0, "x").int8s(y.size);
  parallel_for(static_cast<int64_t>(y.size), kGrain, [&](int64_t begin, int64_t end) {
    int8_kernels().dequantize(x.data + begin, end - begin, step, zero_point, y.data + begin);
  });
  return nullptr;
}

/// maxPoolInt8(x, y, geometry)
napi_value max_pool_int8(Args& args) {
  const Conv2dGeometry g = read_geometry(args, 2);
  args.require(g.in_channels == g.out_channels && g.groups == 1, "geometry: a pool must have as many output as input channels and one group");
  const auto x = Field(args, 0, "x").int8s(g.input_size());
  const auto y = Field(args, 1, "y").int8s(g.output_size());
  int8_max_pool(g, x.data, y.data);
  return nullptr;
}

/// addInt8(a, b, y, stepA, zeroPointA, stepB, zeroPointB, inverseStep, zeroPoint)
napi_value add_int8(Args& args) {
  const auto step = [&](size_t i, const char* what) { return read_finite(Field(args, i, what)); };
  const auto zero_point = [&](size_t i, const char* what) { return read_zero_point(Field(args, i, what)); };
  const Int8Sum sum{step(3, "stepA"),          step(5, "stepB"),       zero_point(4, "zeroPointA"),
                    zero_point(6, "zeroPointB"), step(7, "inverseStep"), zero_point(8, "zeroPoint")};
  const auto y = Field(args, 2, "y").int8s();
  const auto a = Field(args, 0, "a").int8s(y.size), b = Field(args, 1, "b").int8s(y.size);
  parallel_for(static_cast<int64_t>(y.size), kGrain, [&](int64_t begin, int64_t end) {
    int8_kernels().add(a.data + begin, b.data + begin, end - begin, sum, y.data + begin);
  });
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {
    {"prepareInt8Filter", prepare_int8}, {"conv2dInt8", conv2d_int8},   {"quantizeInt8", quantize_int8},
    {"dequantizeInt8", dequantize_int8}, {"maxPoolInt8", max_pool_int8}, {"addInt8", add_int8},
};

}  // namespace

void register_int8(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
