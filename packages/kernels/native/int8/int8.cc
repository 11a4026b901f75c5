// Networks of 8-bit numbers: src/native/int8.ts.
#include <cmath>
#include <vector>

#include "conv/read_geometry.h"
#include "conv/read_prepared.h"
#include "conv/read_stage.h"
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

void check_int8_geometry(const Args& args, const Conv2dGeometry& g) {
  const int64_t depth = g.kernel_height * g.kernel_width * g.group_in();
  args.require(depth <= kMaxInt8Depth, "geometry: a dot product must have at most %lld terms, got %lld", static_cast<long long>(kMaxInt8Depth),
               static_cast<long long>(depth));
  constexpr double kMaxBand = 2147483648.0;
  args.require(int8_band_bytes(g) <= kMaxBand, "geometry: the rows of the input below one row of the output must have at most 2^31 bytes, got %g",
               int8_band_bytes(g));
}

/// prepareInt8Filter(filter, geometry)
napi_value prepare_int8(Args& args) {
  const Conv2dGeometry g = read_geometry(args, 1);
  check_int8_geometry(args, g);
  ResultObject prepared(args);
  describe_prepared(prepared, g);
  prepared.number("runs", int8_runs(g));
  void* const panels = prepared.array("panels", napi_uint8_array, 1, static_cast<size_t>(int8_panel_bytes(g)));
  void* const sums = prepared.array("sums", napi_int32_array, sizeof(int32_t), static_cast<size_t>(int8_panel_columns(g)));
  prepare_int8_filter(g, Field(args, 0, "filter").int8s(g.filter_size()).data, panels, static_cast<int32_t*>(sums));
  return prepared.value();
}

/// The filter of a term: prepared, or to be prepared.
class FilterFields {
 public:
  FilterFields(const Field& filter, const Conv2dGeometry& g) : filter_(filter), panels_(filter["panels"]), sums_(filter["sums"]), g_(g) {
    if (panels_.is_nullish()) return;
    check_prepared(filter, g);
    const double runs = filter["runs"].number();
    if (runs != static_cast<double>(int8_runs(g))) filter.fail("must be prepared for %lld runs, got %g", static_cast<long long>(int8_runs(g)), runs);
  }

  PreparedInt8 get() {
    const auto bytes = static_cast<size_t>(int8_panel_bytes(g_)), columns = static_cast<size_t>(int8_panel_columns(g_));
    if (!panels_.is_nullish()) return {panels_.uint8s(bytes).data, sums_.int32s(columns).data};
    own_panels_.resize(bytes);
    own_sums_.resize(columns);
    prepare_int8_filter(g_, filter_.int8s(g_.filter_size()).data, own_panels_.data(), own_sums_.data());
    return {own_panels_.data(), own_sums_.data()};
  }

 private:
  Field filter_, panels_, sums_;
  const Conv2dGeometry& g_;
  std::vector<char> own_panels_;
  std::vector<int32_t> own_sums_;
};

class OutputFields {
 public:
  OutputFields(const Field& output, const Conv2dGeometry& g) : y_(output["y"]), size_(g.output_size()) {
    const std::string type = output["type"].text();
    if (type != "dots" && type != "float32" && type != "int8") output.fail("must have type 'dots', 'float32' or 'int8', got '%s'", type.c_str());
    output_.type = type == "dots" ? Int8OutputType::kDots : type == "float32" ? Int8OutputType::kFloat32 : Int8OutputType::kInt8;
    output_.channels = g.out_channels;
    if (output_.type != Int8OutputType::kInt8) return;
    output_.inverse_step = read_finite(output["inverseStep"]);
    output_.zero_point = read_zero_point(output["zeroPoint"]);
  }

  Int8Output get() const {
    Int8Output output = output_;
    switch (output.type) {
      case Int8OutputType::kDots:
        output.y = y_.int32s(size_).data;
        break;
      case Int8OutputType::kFloat32:
        output.y = y_.floats(size_).data;
        break;
      case Int8OutputType::kInt8:
        output.y = y_.int8s(size_).data;
        break;
    }
    return output;
  }

 private:
  Field y_;
  size_t size_;
  Int8Output output_;
};

/// conv2dInt8(term, geometry, transform, output)
napi_value conv2d_int8(Args& args) {
  const Conv2dGeometry g = read_geometry(args, 1);
  check_int8_geometry(args, g);
  const auto channels = static_cast<size_t>(g.out_channels);
  const Field term(args, 0, "term"), x = term["x"], scale = term["scale"];
  Int8Convolution c{};
  c.zero_point = read_zero_point(term["zeroPoint"]);
  FilterFields filter(term["filter"], g);
  const StageFields transform(Field(args, 2, "transform"), channels, g.output_size());
  const OutputFields output(Field(args, 3, "output"), g);
  const std::vector<float> ones(scale.is_nullish() ? channels : 0, 1.0f);
  c.x = x.int8s(g.input_size()).data;
  c.scale = scale.is_nullish() ? ones.data() : scale.floats(channels).data;
  const FloatStage stage = transform.stage();
  c.stage = &stage;
  c.output = output.get();
  c.filter = filter.get();
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

/// addInt8(a, b, y, { stepA, zeroPointA, stepB, zeroPointB, inverseStep, zeroPoint })
napi_value add_int8(Args& args) {
  const Field steps(args, 3, "quantization");
  const Int8Sum sum{read_finite(steps["stepA"]),           read_finite(steps["stepB"]),       read_zero_point(steps["zeroPointA"]),
                    read_zero_point(steps["zeroPointB"]), read_finite(steps["inverseStep"]), read_zero_point(steps["zeroPoint"])};
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
