#include "read_transform.h"

#include <cmath>

#include "bits/read_bits.h"

namespace onebit {
namespace {

float finite(const Field& field) {
  const auto value = static_cast<float>(field.number());
  if (!std::isfinite(value)) field.fail("must be a finite number, got %g", static_cast<double>(value));
  return value;
}

Activation read_activation(const OutputFields& fields, size_t channels) {
  Activation result;
  if (fields.activation_kind.is_nullish()) return result;
  const std::string kind = fields.activation_kind.text();
  if (kind == "clip") {
    result.kind = ActivationKind::kClip;
    const double low = fields.low.number(), high = fields.high.number();
    if (!(low <= high)) fields.low.fail("must be a number not above high, got %g and %g", low, high);
    result.low = static_cast<float>(low);
    result.high = static_cast<float>(high);
    return result;
  }
  if (kind != "prelu" && kind != "rprelu") fields.activation_kind.fail("must be 'prelu', 'rprelu' or 'clip', got '%s'", kind.c_str());
  result.kind = kind == "prelu" ? ActivationKind::kPrelu : ActivationKind::kRprelu;
  result.slope = fields.slope.floats(channels).data;
  if (result.kind == ActivationKind::kPrelu) return result;
  result.shift_in = fields.shift_in.floats(channels).data;
  result.shift_out = fields.shift_out.floats(channels).data;
  return result;
}

OutputTransform read_transform(const OutputFields& fields, const Conv2dGeometry& g) {
  const auto channels = static_cast<size_t>(g.out_channels);
  OutputTransform result;
  result.offset = fields.offset.optional_floats(channels).data;
  result.activation = read_activation(fields, channels);
  if (fields.residual.is_nullish()) return result;
  const std::string position = fields.residual_position.text();
  if (position != "before" && position != "after") fields.residual_position.fail("must be 'before' or 'after', got '%s'", position.c_str());
  result.residual = fields.residual.floats(g.output_size()).data;
  result.residual_before = position == "before";
  return result;
}

BinaryOutput read_target(const OutputFields& fields, const Conv2dGeometry& g) {
  BinaryOutput result;
  const std::string type = fields.type.text();
  if (type == "dots") {
    result.type = OutputType::kDots;
    result.y = fields.y.int32s(g.output_size()).data;
  } else if (type == "float32") {
    result.type = OutputType::kFloat32;
    result.y = fields.y.floats(g.output_size()).data;
  } else if (type == "int8") {
    result.type = OutputType::kInt8;
    result.inverse_step = finite(fields.inverse_step);
    result.zero_point = static_cast<int32_t>(fields.zero_point.integer(-128, 127));
    result.y = fields.y.int8s(g.output_size()).data;
  } else if (type == "bits") {
    result.type = OutputType::kBits;
    result.levels = read_levels(fields.levels);
    const auto channels = static_cast<size_t>(g.out_channels);
    if (!fields.threshold.is_nullish()) result.threshold.values = fields.threshold.floats(channels).data;
    if (!fields.flip.is_nullish()) result.threshold.flip = fields.flip.uint8s(channels).data;
    result.y = fields.y.int32s(static_cast<size_t>(g.batch * g.out_height * g.out_width * words_for(g.out_channels))).data;
  } else {
    fields.type.fail("must be 'dots', 'float32', 'int8' or 'bits', got '%s'", type.c_str());
  }
  return result;
}

}  // namespace

BinaryReading read_reading(const Args& args, size_t pad_value, size_t levels) {
  return {static_cast<int32_t>(args.integer(pad_value, "padValue", -1, 1)), read_levels(Field(args, levels, "levels"))};
}

OutputFields::OutputFields(const Args& args, size_t first)
    : offset(args, first, "offset"),
      activation_kind(args, first + 1, "activation.kind"),
      slope(args, first + 2, "activation.slope"),
      shift_in(args, first + 3, "activation.shiftIn"),
      shift_out(args, first + 4, "activation.shiftOut"),
      low(args, first + 5, "activation.low"),
      high(args, first + 6, "activation.high"),
      residual(args, first + 7, "residual.values"),
      residual_position(args, first + 8, "residual.position"),
      type(args, first + 9, "output.type"),
      y(args, first + 10, "y"),
      inverse_step(args, first + 11, "inverseStep"),
      zero_point(args, first + 12, "zeroPoint"),
      levels(args, first + 13, "levels"),
      threshold(args, first + 14, "threshold.values"),
      flip(args, first + 15, "threshold.flip") {}

CheckedOutput read_output(const OutputFields& fields, const Conv2dGeometry& g, bool plain) {
  const CheckedOutput result{read_transform(fields, g), read_target(fields, g)};
  const OutputTransform& t = result.transform;
  plain &= t.offset == nullptr && t.activation.kind == ActivationKind::kNone && t.residual == nullptr;
  if (result.output.type == OutputType::kDots && !plain) fields.type.fail("dots must have one term without scale and no transform");
  return result;
}

}  // namespace onebit
