#pragma once

#include <vector>

#include "float_stage.h"
#include "napi_field.h"

namespace onebit {

/// Reads an OutputTransform (src/transform.ts) for an output of `size` elements with `channels` channels: getters of properties run in the
/// constructor, addresses are taken in stage().
class StageFields {
 public:
  StageFields(const Field& transform, size_t channels, size_t size);
  FloatStage stage() const;

 private:
  struct Array {
    Field field;
    size_t size;
    const float* FloatStage::* target;
  };

  void read_activation(const Field& activation, size_t channels);
  void read_residual(const Field& residual, size_t size);

  FloatStage stage_;
  std::vector<Array> arrays_;
};

}  // namespace onebit
