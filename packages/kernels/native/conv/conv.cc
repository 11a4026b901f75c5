// conv2d and its two gradients, float32, NHWC activations, HWIO filters; matMul.
#include "conv.h"

#include "binary/read_transform.h"
#include "read_geometry.h"

namespace onebit {
namespace {

/// conv2d(x, filter, y, geometry)
napi_value conv2d(Args& args) {
  const Conv2dGeometry g = read_geometry(args, 3);
  const auto x = args.floats(0, "x", g.input_size());
  const auto filter = args.floats(1, "filter", g.filter_size());
  const auto y = args.floats(2, "y", g.output_size());
  conv2d_forward(g, x.data, {filter.data, nullptr}, nullptr, y.data);
  return nullptr;
}

/// prepareConvFilter(filter, geometry): the panels
napi_value prepare_conv_filter(Args& args) {
  const Conv2dGeometry g = read_geometry(args, 1);
  const auto filter = args.floats(0, "filter", g.filter_size());
  const NewInt32Array panels = args.make_int32s(static_cast<size_t>(prepared_filter_size(g)));
  prepare_filter(g, filter.data, reinterpret_cast<float*>(panels.data));
  return panels.value;
}

/// conv2dFused(x, filter | panels, geometry, prepared, ...transform and output)
napi_value conv2d_fused(Args& args) {
  const Conv2dGeometry g = read_geometry(args, 2);
  const bool prepared = args.boolean(3, "prepared");
  const auto x = args.floats(0, "x", g.input_size());
  const CheckedOutput checked = read_output(OutputFields(args, 4), g, true);
  args.require(checked.output.type == OutputType::kFloat32, "output.type must be 'float32'");
  ConvFilter filter{nullptr, nullptr};
  if (prepared) {
    const auto panels = args.int32s(1, "filter.panels", static_cast<size_t>(prepared_filter_size(g)));
    filter.prepared = reinterpret_cast<const float*>(panels.data);
  } else {
    filter.values = args.floats(1, "filter", g.filter_size()).data;
  }
  conv2d_forward(g, x.data, filter, &checked.transform, static_cast<float*>(checked.output.y));
  return nullptr;
}

/// conv2dBackpropInput(dy, filter, dx, geometry)
napi_value conv2d_backprop_input(Args& args) {
  const Conv2dGeometry g = read_geometry(args, 3);
  const auto dy = args.floats(0, "dy", g.output_size());
  const auto filter = args.floats(1, "filter", g.filter_size());
  const auto dx = args.floats(2, "dx", g.input_size());
  conv2d_input_gradient(g, dy.data, filter.data, dx.data);
  return nullptr;
}

/// conv2dBackpropFilter(x, dy, dfilter, geometry)
napi_value conv2d_backprop_filter(Args& args) {
  const Conv2dGeometry g = read_geometry(args, 3);
  const auto x = args.floats(0, "x", g.input_size());
  const auto dy = args.floats(1, "dy", g.output_size());
  const auto dfilter = args.floats(2, "dfilter", g.filter_size());
  conv2d_filter_gradient(g, x.data, dy.data, dfilter.data);
  return nullptr;
}

/// matMul(a, b, c, { batchA, batchB, rows, columns, depth, transposeA, transposeB })
napi_value mat_mul(Args& args) {
  constexpr int64_t kMax = int64_t{1} << 31;
  MatMulShape s;
  s.batch_a = args.property(3, "batchA", 0, kMax);
  s.batch_b = args.property(3, "batchB", 0, kMax);
  s.rows = args.property(3, "rows", 0, kMax);
  s.columns = args.property(3, "columns", 0, kMax);
  s.depth = args.property(3, "depth", 0, kMax);
  s.transpose_a = args.boolean(4, "transposeA");
  s.transpose_b = args.boolean(5, "transposeB");
  args.require(s.batch_a == s.batch_b || s.batch_a == 1 || s.batch_b == 1, "batchA and batchB must be equal or 1, got %lld and %lld",
               static_cast<long long>(s.batch_a), static_cast<long long>(s.batch_b));
  const auto size = [&](const char* what, int64_t batch, int64_t m, int64_t n) {
    const double product = static_cast<double>(batch) * static_cast<double>(m) * static_cast<double>(n);
    args.require(product <= 1099511627776.0, "%s must have at most 2^40 elements, got %g", what, product);
    return static_cast<size_t>(batch * m * n);
  };
  const auto a = args.floats(0, "a", size("a", s.batch_a, s.rows, s.depth));
  const auto b = args.floats(1, "b", size("b", s.batch_b, s.depth, s.columns));
  const auto c = args.floats(2, "c", size("c", s.batch(), s.rows, s.columns));
  matrix_multiply(s, a.data, b.data, c.data);
  return nullptr;
}

constexpr FunctionEntry kFunctions[] = {
    {"conv2d", conv2d},
    {"prepareConvFilter", prepare_conv_filter},
    {"conv2dFused", conv2d_fused},
    {"conv2dBackpropInput", conv2d_backprop_input},
    {"conv2dBackpropFilter", conv2d_backprop_filter},
    {"matMul", mat_mul},
};

}  // namespace

void register_conv(napi_env env, napi_value exports) { define_functions(env, exports, kFunctions); }

}  // namespace onebit
