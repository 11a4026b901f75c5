#include "signed/signed.h"
#include "test/check.h"
#include "test/naive.h"

namespace onebit::test {
namespace {

/// The operands of both gradients. All values and products are exact in bfloat16, all sums in float32.
struct Operands {
  explicit Operands(Choices& choices)
      : g(any_geometry(choices)),
        x(g.batch * g.in_height * g.in_width * words_for(g.in_channels)),
        filter(g.out_channels * g.kernel_height * g.kernel_width * words_for(g.group_in())),
        dy(static_cast<int64_t>(g.output_size())),
        bf16(choices.flip() && bf16_gradients()) {
    fill_packed(x, g.in_channels, choices);
    fill_packed(filter, g.group_in(), choices);
    dy.fill([&] { return choices.small(); });
  }
  Conv2dGeometry g;
  Buffer<int32_t> x, filter;
  Buffer<float> dy;
  bool bf16;
};

}  // namespace

std::string check_input_gradient(Choices& choices) {
  Operands o(choices);
  const Conv2dGeometry& g = o.g;
  const bool scaled = choices.flip(), masked = choices.flip();
  Buffer<float> scale(g.out_channels), dx(static_cast<int64_t>(g.input_size()));
  scale.fill([&] { return scaled ? (choices.bits() & 1 ? -0.5f : 2.0f) : 1.0f; });
  dx.fill([] { return 1e9f; });
  std::vector<double> dots(g.output_size());
  for (size_t i = 0; i < dots.size(); i++) dots[i] = static_cast<double>(o.dy[static_cast<int64_t>(i)]) * scale[static_cast<int64_t>(i) % g.out_channels];
  std::vector<double> expected = naive_input_gradient(g, dots, unpacked(o.filter, g.group_in(), Levels::kPm1));
  if (masked) {
    const std::vector<double> keep = unpacked(o.x, g.in_channels, Levels::kZeroOne);
    for (size_t i = 0; i < expected.size(); i++) expected[i] *= keep[i];
  }
  binary_input_gradient(g, o.dy.data(), o.filter.data(), scaled ? scale.data() : nullptr, masked ? o.x.data() : nullptr, {}, dx.data(), o.bf16);
  return difference("dx", dx, expected);
}

std::string check_filter_gradient(Choices& choices) {
  Operands o(choices);
  const Conv2dGeometry& g = o.g;
  const Levels levels = choices.flip() ? Levels::kPm1 : Levels::kZeroOne;
  const auto pad_value = static_cast<int32_t>(choices.in(-1, 1));
  Buffer<float> dw(static_cast<int64_t>(g.filter_size()));
  dw.fill([] { return 1e9f; });
  const std::vector<double> expected = naive_filter_gradient(g, unpacked(o.x, g.in_channels, levels), doubles(o.dy), pad_value);
  binary_filter_gradient(g, o.x.data(), o.dy.data(), {}, dw.data(), pad_value, levels, o.bf16);
  return difference("dw", to_ohwi(g, doubles(dw)), expected);
}

}  // namespace onebit::test
