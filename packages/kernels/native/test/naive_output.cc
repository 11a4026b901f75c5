#include "test/naive_output.h"

#include <algorithm>
#include <cmath>

#include "test/check.h"

namespace onebit::test {
namespace {

int64_t size(size_t elements) { return static_cast<int64_t>(elements); }

/// Unlike Choices::small, with bits behind the point that sums and products must round away.
float uneven(Choices& choices) { return static_cast<float>(static_cast<int32_t>(choices.bits())) * 1e-9f; }

}  // namespace

AnyTransform::AnyTransform(const Conv2dGeometry& g, Choices& choices)
    : channels_(g.out_channels),
      has_offset_(choices.flip()),
      has_residual_(choices.flip()),
      residual_before_(choices.flip()),
      kind_(static_cast<ActivationKind>(choices.in(0, 3))),
      offset_(channels_),
      slope_(channels_),
      shift_in_(channels_),
      shift_out_(channels_),
      residual_(size(g.output_size())) {
  for (Buffer<float>* values : {&offset_, &slope_, &shift_in_, &shift_out_, &residual_}) values->fill([&] { return uneven(choices); });
}

OutputTransform AnyTransform::operands() const {
  OutputTransform t;
  if (has_offset_) t.offset = offset_.data();
  if (has_residual_) t.residual = residual_.data();
  t.residual_before = residual_before_;
  t.activation = {kind_, slope_.data(), shift_in_.data(), shift_out_.data(), -1.5f, 2.25f};
  return t;
}

float AnyTransform::apply(float v, int64_t index) const {
  const int64_t c = index % channels_;
  if (has_offset_) v = rounded(v + offset_[c]);
  if (has_residual_ && residual_before_) v = rounded(v + residual_[index]);
  if (kind_ == ActivationKind::kPrelu && !(v >= 0)) v = rounded(slope_[c] * v);
  if (kind_ == ActivationKind::kRprelu) {
    v = rounded(v - shift_in_[c]);
    if (!(v >= 0)) v = rounded(slope_[c] * v);
    v = rounded(v + shift_out_[c]);
  }
  if (kind_ == ActivationKind::kClip) v = std::min(std::max(v, -1.5f), 2.25f);
  if (has_residual_ && !residual_before_) v = rounded(v + residual_[index]);
  return v;
}

AnyOutput::AnyOutput(const Conv2dGeometry& g, OutputType type, Choices& choices)
    : channels_(g.out_channels),
      type_(type),
      levels_(choices.flip() ? Levels::kPm1 : Levels::kZeroOne),
      inverse_step_(std::fabs(uneven(choices)) * 10),
      zero_point_(static_cast<int32_t>(choices.in(-128, 127))),
      has_threshold_(choices.flip()),
      floats_(type == OutputType::kFloat32 ? size(g.output_size()) : 0),
      threshold_(channels_),
      integers_(type == OutputType::kDots ? size(g.output_size()) : 0),
      words_(type == OutputType::kBits ? size(g.output_size()) / channels_ * words_for(channels_) : 0),
      bytes_(type == OutputType::kInt8 ? size(g.output_size()) : 0),
      flip_(channels_) {
  floats_.fill([] { return 1e9f; });
  integers_.fill([] { return -1; });
  words_.fill([] { return -1; });
  bytes_.fill([] { return int8_t{99}; });
  threshold_.fill([&] { return has_threshold_ ? uneven(choices) * 4 : 0.0f; });
  flip_.fill([&] { return static_cast<uint8_t>(has_threshold_ ? choices.bits() & 1 : 0); });
}

BinaryOutput AnyOutput::operands() {
  BinaryOutput output;
  output.type = type_;
  output.inverse_step = inverse_step_;
  output.zero_point = zero_point_;
  output.levels = levels_;
  if (has_threshold_) output.threshold = {threshold_.data(), flip_.data()};
  switch (type_) {
    case OutputType::kDots:
      output.y = integers_.data();
      break;
    case OutputType::kFloat32:
      output.y = floats_.data();
      break;
    case OutputType::kInt8:
      output.y = bytes_.data();
      break;
    case OutputType::kBits:
      output.y = words_.data();
      break;
  }
  return output;
}

bool AnyOutput::expected_bit(float v, int64_t channel) const {
  const float t = threshold_[channel];
  const bool flip = flip_[channel] != 0;
  if (levels_ == Levels::kPm1) return flip ? !(v <= t) : !(v >= t);
  return flip ? v < t : v > t;
}

std::string AnyOutput::compare(const std::vector<double>& values) const {
  if (type_ == OutputType::kFloat32) return difference("y", floats_, values);
  if (type_ == OutputType::kDots) return difference("y", integers_, values);
  if (type_ == OutputType::kInt8) {
    Buffer<int8_t> expected(bytes_.size());
    int64_t i = 0;
    expected.fill([&] {
      const float integer = std::nearbyint(rounded(static_cast<float>(values[static_cast<size_t>(i++)]) * inverse_step_));  // ties to even
      return static_cast<int8_t>(std::min(127.0f, std::max(-128.0f, integer + static_cast<float>(zero_point_))));
    });
    return difference("y", bytes_, expected);
  }
  Buffer<int32_t> expected(words_.size());
  expected.fill([] { return 0; });
  for (int64_t i = 0; i < size(values.size()); i++) {
    const int64_t c = i % channels_;
    if (expected_bit(static_cast<float>(values[static_cast<size_t>(i)]), c)) expected[i / channels_ * words_for(channels_) + c / 32] |= static_cast<int32_t>(1u << c % 32);
  }
  return difference("y", words_, expected);
}

}  // namespace onebit::test
