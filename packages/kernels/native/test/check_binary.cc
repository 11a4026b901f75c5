#include <memory>

#include "binary/binary_conv.h"
#include "binary/filter_panels.h"
#include "binary/slice_filter.h"
#include "bits/depthwise.h"
#include "bits/pool.h"
#include "test/check.h"
#include "test/naive.h"
#include "test/naive_output.h"

namespace onebit::test {
namespace {

BinaryReading any_reading(Choices& choices) {
  return {static_cast<int32_t>(choices.in(-1, 1)), choices.flip() ? Levels::kPm1 : Levels::kZeroOne};
}

int64_t pixels_in(const Conv2dGeometry& g) { return g.batch * g.in_height * g.in_width; }
int64_t pixels_out(const Conv2dGeometry& g) { return g.batch * g.out_height * g.out_width; }

/// Packed operands of one convolution, and its dot products.
struct Term {
  Term(const Conv2dGeometry& g, const BinaryReading& reading, bool scaled, Choices& choices)
      : x(pixels_in(g) * words_for(g.in_channels)),
        filter(g.out_channels * g.kernel_height * g.kernel_width * words_for(g.group_in())),
        prepared(prepared_words(g)),
        tables(SlicePlan(g).words(g), 64),
        scale(g.out_channels),
        scaled(scaled) {
    fill_packed(x, g.in_channels, choices);
    fill_packed(filter, g.group_in(), choices);
    scale.fill([&] { return static_cast<float>(static_cast<int32_t>(choices.bits())) * 1e-9f; });
    prepare_filter(g, filter.data(), prepared.data());
    prepare_slices(g, prepared.data(), tables.data());
    dots = naive_conv(g, unpacked(x, g.in_channels, reading.levels), unpacked(filter, g.group_in(), Levels::kPm1), reading.pad_value);
  }
  BinaryTerm operands() const { return {x.data(), prepared.data(), scaled ? scale.data() : nullptr, tables.data()}; }

  Buffer<int32_t> x, filter, prepared, tables;
  Buffer<float> scale;
  bool scaled;
  std::vector<double> dots;
};

/// The transformed sum of the terms.
std::vector<double> expected_values(const std::vector<std::unique_ptr<Term>>& terms, const AnyTransform& transform, int64_t channels) {
  std::vector<double> values(terms[0]->dots.size());
  for (size_t i = 0; i < values.size(); i++) {
    const int64_t index = static_cast<int64_t>(i);
    float sum = 0;
    for (const auto& term : terms) {
      const float dot = static_cast<float>(term->dots[i]);
      const float scaled = term->scaled ? rounded(term->scale[index % channels] * dot) : dot;
      sum = term == terms[0] ? scaled : rounded(sum + scaled);
    }
    values[i] = transform.apply(sum, index);
  }
  return values;
}

}  // namespace

std::string check_binary_conv(Choices& choices) {
  const Conv2dGeometry g = choices.in(0, 7) == 0 ? wide_geometry(choices) : any_geometry(choices);
  const BinaryReading reading = any_reading(choices);
  const auto type = static_cast<OutputType>(choices.in(0, 3));
  AnyOutput output(g, type, choices);
  if (type == OutputType::kDots) {
    const Term term(g, reading, false, choices);
    const BinaryTerm operands = term.operands();
    binary_conv2d_sum(g, reading, &operands, 1, OutputTransform{}, output.operands());
    return output.compare(term.dots);
  }
  std::vector<std::unique_ptr<Term>> terms;
  std::vector<BinaryTerm> operands;
  for (int64_t count = choices.in(1, 3); count > 0; count--) {
    terms.push_back(std::make_unique<Term>(g, reading, choices.flip(), choices));
    operands.push_back(terms.back()->operands());
  }
  const AnyTransform transform(g, choices);
  binary_conv2d_sum(g, reading, operands.data(), static_cast<int64_t>(operands.size()), transform.operands(), output.operands());
  return output.compare(expected_values(terms, transform, g.out_channels));
}

std::string check_binary_mat_mul(Choices& choices) {
  const int64_t m = choices.in(0, 60), n = choices.in(0, 70), depth = choices.in(1, 200);
  const Levels levels = choices.flip() ? Levels::kPm1 : Levels::kZeroOne;
  Buffer<int32_t> a(m * words_for(depth)), b(n * words_for(depth)), y(m * n);
  fill_packed(a, depth, choices);
  fill_packed(b, depth, choices);
  y.fill([] { return -1; });
  std::vector<double> expected;
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < n; j++) {
      double dot = 0;
      for (int64_t k = 0; k < depth; k++)
        dot += value(bit(a.data() + i * words_for(depth), k), levels) * value(bit(b.data() + j * words_for(depth), k), Levels::kPm1);
      expected.push_back(dot);
    }
  binary_mat_mul(m, n, depth, levels, a.data(), b.data(), y.data());
  return difference("y", y, expected);
}

std::string check_binary_depthwise(Choices& choices) {
  Conv2dGeometry g = any_geometry(choices);
  g.groups = g.out_channels = g.in_channels;
  const BinaryReading reading = any_reading(choices);
  const int64_t taps = g.kernel_height * g.kernel_width;
  Buffer<int32_t> x(pixels_in(g) * words_for(g.in_channels)), filter(taps * words_for(g.in_channels));
  fill_packed(x, g.in_channels, choices);
  fill_packed(filter, g.in_channels, choices);
  Buffer<float> scale(g.in_channels);
  scale.fill([&] { return choices.small(); });
  const bool scaled = choices.flip();
  const AnyTransform transform(g, choices);
  AnyOutput output(g, static_cast<OutputType>(choices.in(1, 3)), choices);

  const std::vector<double> weights = to_ohwi(g, unpacked(filter, g.in_channels, Levels::kPm1));
  const std::vector<double> dots = naive_conv(g, unpacked(x, g.in_channels, reading.levels), weights, reading.pad_value);
  std::vector<double> values(dots.size());
  for (size_t i = 0; i < dots.size(); i++) {
    const auto index = static_cast<int64_t>(i);
    const auto dot = static_cast<float>(dots[i]);
    values[i] = transform.apply(scaled ? rounded(scale[index % g.in_channels] * dot) : dot, index);
  }
  binary_depthwise_conv2d(g, {x.data(), filter.data(), scaled ? scale.data() : nullptr, reading}, transform.operands(), output.operands());
  return output.compare(values);
}

std::string check_max_pool(Choices& choices) {
  Conv2dGeometry g = any_geometry(choices);
  g.groups = 1;
  g.out_channels = g.in_channels;
  const Levels levels = choices.flip() ? Levels::kPm1 : Levels::kZeroOne;
  const int64_t words = words_for(g.in_channels);
  Buffer<int32_t> x(pixels_in(g) * words), actual(pixels_out(g) * words), expected(pixels_out(g) * words);
  fill_packed(x, g.in_channels, choices);
  actual.fill([] { return 77; });
  // Bit 1 means the smaller level of kPm1 and the larger of kZeroOne.
  Buffer<int32_t> all_set(words);
  for (int64_t w = 0; w < words; w++) all_set[w] = static_cast<int32_t>(~0u >> (w + 1 < words || g.in_channels % 32 == 0 ? 0 : 32 - g.in_channels % 32));
  for (int64_t i = 0; i < expected.size(); i++) {
    const int64_t w = i % words, pixel = i / words;
    const int64_t column = pixel % g.out_width, row = pixel / g.out_width % g.out_height, n = pixel / g.out_width / g.out_height;
    int32_t result = levels == Levels::kPm1 ? all_set[w] : 0;
    for (int64_t kh = 0; kh < g.kernel_height; kh++)
      for (int64_t kw = 0; kw < g.kernel_width; kw++) {
        const int64_t h = row * g.stride_height + kh * g.dilation_height - g.pad_top;
        const int64_t v = column * g.stride_width + kw * g.dilation_width - g.pad_left;
        if (h < 0 || h >= g.in_height || v < 0 || v >= g.in_width) continue;
        const int32_t cell = x[((n * g.in_height + h) * g.in_width + v) * words + w];
        result = levels == Levels::kPm1 ? result & cell : result | cell;
      }
    expected[i] = result;
  }
  max_pool_bits(g, levels, x.data(), actual.data());
  return difference("y", actual, expected);
}

}  // namespace onebit::test
