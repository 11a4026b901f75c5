#include "int8/int8_conv.h"
#include "test/check.h"
#include "test/naive.h"
#include "test/naive_output.h"

namespace onebit::test {

std::string check_int8_conv(Choices& choices) {
  const Conv2dGeometry g = any_geometry(choices);
  Buffer<int8_t> x(static_cast<int64_t>(g.input_size())), filter(static_cast<int64_t>(g.filter_size()));
  x.fill([&] { return static_cast<int8_t>(choices.bits()); });
  filter.fill([&] { return static_cast<int8_t>(choices.bits()); });
  Buffer<float> scale(g.out_channels);
  scale.fill([&] { return static_cast<float>(static_cast<int32_t>(choices.bits())) * 1e-13f; });
  const auto zero_point = static_cast<int32_t>(choices.in(-128, 127));
  const auto type = static_cast<OutputType>(choices.in(0, 2));
  const AnyTransform transform(g, choices);
  AnyOutput output(g, type, choices);

  std::vector<double> activations, weights;
  for (int64_t i = 0; i < x.size(); i++) activations.push_back(x[i] - zero_point);
  for (int64_t i = 0; i < filter.size(); i++) weights.push_back(filter[i]);
  const std::vector<double> dots = naive_conv(g, activations, to_ohwi(g, weights), 0);
  std::vector<double> values = dots;
  for (size_t i = 0; type != OutputType::kDots && i < values.size(); i++) {
    const auto index = static_cast<int64_t>(i);
    values[i] = transform.apply(rounded(scale[index % g.out_channels] * static_cast<float>(dots[i])), index);
  }

  Buffer<int32_t> panels(int8_panel_words(g));
  prepare_int8_filter(g, filter.data(), panels.data());
  const OutputTransform operands = type == OutputType::kDots ? OutputTransform{} : transform.operands();
  int8_conv2d(g, {x.data(), zero_point, panels.data(), scale.data(), operands, output.operands()});
  return output.compare(values);
}

}  // namespace onebit::test
