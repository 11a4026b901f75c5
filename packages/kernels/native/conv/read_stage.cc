#include "read_stage.h"

namespace onebit {

StageFields::StageFields(const Field& transform, size_t channels, size_t size) {
  const Field offset = transform["offset"], activation = transform["activation"], residual = transform["residual"];
  if (!offset.is_nullish()) arrays_.push_back({offset, channels, &FloatStage::offset});
  if (!activation.is_nullish()) read_activation(activation, channels);
  if (!residual.is_nullish()) read_residual(residual, size);
}

FloatStage StageFields::stage() const {
  FloatStage result = stage_;
  for (const Array& array : arrays_) result.*array.target = array.field.floats(array.size).data;
  return result;
}

void StageFields::read_activation(const Field& activation, size_t channels) {
  const std::string kind = activation["kind"].text();
  if (kind == "clip") {
    const double low = activation["low"].number(), high = activation["high"].number();
    if (!(low <= high)) activation.fail("must have low <= high, got %g and %g", low, high);
    stage_.activation = FloatActivation::kClip;
    stage_.low = static_cast<float>(low);
    stage_.high = static_cast<float>(high);
    return;
  }
  if (kind != "prelu" && kind != "rprelu") activation.fail("must have kind 'prelu', 'rprelu' or 'clip', got '%s'", kind.c_str());
  stage_.activation = kind == "prelu" ? FloatActivation::kPrelu : FloatActivation::kRprelu;
  arrays_.push_back({activation["slope"], channels, &FloatStage::slope});
  if (kind == "prelu") return;
  arrays_.push_back({activation["shiftIn"], channels, &FloatStage::shift_in});
  arrays_.push_back({activation["shiftOut"], channels, &FloatStage::shift_out});
}

void StageFields::read_residual(const Field& residual, size_t size) {
  const std::string position = residual["position"].text();
  if (position != "before" && position != "after") residual.fail("must have position 'before' or 'after', got '%s'", position.c_str());
  stage_.residual_position = position == "before" ? ResidualPosition::kBefore : ResidualPosition::kAfter;
  arrays_.push_back({residual["values"], size, &FloatStage::residual});
}

}  // namespace onebit
