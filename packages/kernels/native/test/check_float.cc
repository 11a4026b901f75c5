#include "conv/conv.h"
#include "test/check.h"
#include "test/naive.h"
#include "test/naive_output.h"

namespace onebit::test {
namespace {

constexpr float kUntouched = 1e9f;

int64_t size(size_t elements) { return static_cast<int64_t>(elements); }

/// Operands whose products and sums are exact in float32, so that the order of the sum does not matter.
struct Operands {
  explicit Operands(Choices& choices) : g(any_geometry(choices)), x(size(g.input_size())), filter(size(g.filter_size())), y(size(g.output_size())) {
    x.fill([&] { return choices.small(); });
    filter.fill([&] { return choices.small(); });
    y.fill([&] { return choices.small(); });
  }
  std::vector<double> ohwi() const { return to_ohwi(g, doubles(filter)); }

  Conv2dGeometry g;
  Buffer<float> x, filter, y;
};

}  // namespace

std::string check_float_conv(Choices& choices) {
  Operands o(choices);
  o.y.fill([] { return kUntouched; });
  Buffer<float> prepared(prepared_filter_size(o.g));
  prepare_filter(o.g, o.filter.data(), prepared.data());
  const bool ready = choices.flip(), transformed = choices.flip();
  const AnyTransform transform(o.g, choices);
  const OutputTransform operands = transform.operands();
  const ConvFilter filter = ready ? ConvFilter{nullptr, prepared.data()} : ConvFilter{o.filter.data(), nullptr};
  conv2d_forward(o.g, o.x.data(), filter, transformed ? &operands : nullptr, o.y.data());
  std::vector<double> expected = naive_conv(o.g, doubles(o.x), o.ohwi(), 0);
  for (size_t i = 0; transformed && i < expected.size(); i++) expected[i] = transform.apply(static_cast<float>(expected[i]), static_cast<int64_t>(i));
  return difference("y", o.y, expected);
}

std::string check_float_gradients(Choices& choices) {
  Operands o(choices);
  const std::vector<double> dy = doubles(o.y);
  const std::vector<double> dfilter = naive_filter_gradient(o.g, doubles(o.x), dy, 0), dx = naive_input_gradient(o.g, dy, o.ohwi());
  Buffer<float> actual_dfilter(o.filter.size()), actual_dx(o.x.size());
  actual_dfilter.fill([] { return kUntouched; });
  actual_dx.fill([] { return kUntouched; });
  conv2d_filter_gradient(o.g, o.x.data(), o.y.data(), actual_dfilter.data());
  conv2d_input_gradient(o.g, o.y.data(), o.filter.data(), actual_dx.data());
  const std::string wrong = difference("dx", actual_dx, dx);
  return wrong.empty() ? difference("dfilter", to_ohwi(o.g, doubles(actual_dfilter)), dfilter) : wrong;
}

std::string check_mat_mul(Choices& choices) {
  MatMulShape s;
  s.batch_a = choices.in(0, 2);
  s.batch_b = choices.flip() ? s.batch_a : 1;
  s.rows = choices.in(1, 40), s.columns = choices.in(1, 70), s.depth = choices.in(1, 40);
  s.transpose_a = choices.flip(), s.transpose_b = choices.flip();
  Buffer<float> a(s.batch_a * s.rows * s.depth), b(s.batch_b * s.depth * s.columns), c(s.batch() * s.rows * s.columns);
  a.fill([&] { return choices.small(); });
  b.fill([&] { return choices.small(); });
  c.fill([] { return kUntouched; });
  std::vector<double> expected;
  for (int64_t i = 0; i < s.batch(); i++)
    for (int64_t m = 0; m < s.rows; m++)
      for (int64_t n = 0; n < s.columns; n++) {
        const float* ai = a.data() + (s.batch_a == 1 ? 0 : i) * s.rows * s.depth;
        const float* bi = b.data() + (s.batch_b == 1 ? 0 : i) * s.depth * s.columns;
        double sum = 0;
        for (int64_t k = 0; k < s.depth; k++)
          sum += static_cast<double>(s.transpose_a ? ai[k * s.rows + m] : ai[m * s.depth + k]) * (s.transpose_b ? bi[n * s.depth + k] : bi[k * s.columns + n]);
        expected.push_back(sum);
      }
  matrix_multiply(s, a.data(), b.data(), c.data());
  return difference("c", c, expected);
}

}  // namespace onebit::test
