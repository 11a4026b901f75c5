#pragma once
// The output transform of the binary kernels, one value at a time.

#include <string>
#include <vector>

#include "binary/transform.h"
#include "conv/geometry.h"
#include "test/buffer.h"
#include "test/choices.h"

namespace onebit::test {

/// A product, or sum, that is rounded to float32 before anything else happens to it.
inline float rounded(float value) {
  volatile float memory = value;
  return memory;
}

/// A random transform and the arrays that it reads.
class AnyTransform {
 public:
  AnyTransform(const Conv2dGeometry& g, Choices& choices);
  OutputTransform operands() const;
  /// Of the value with that index in `[N, H', W', O]`.
  float apply(float v, int64_t index) const;

 private:
  int64_t channels_;
  bool has_offset_, has_residual_, residual_before_;
  ActivationKind kind_;
  Buffer<float> offset_, slope_, shift_in_, shift_out_, residual_;
};

/// A random kind of output and the array that it fills.
class AnyOutput {
 public:
  AnyOutput(const Conv2dGeometry& g, OutputType type, Choices& choices);
  BinaryOutput operands();
  /// What is wrong with the array, which must hold these values, `[N, H', W', O]`: integers for kDots, else floats.
  std::string compare(const std::vector<double>& values) const;

 private:
  bool expected_bit(float v, int64_t channel) const;

  int64_t channels_;
  OutputType type_;
  Levels levels_;
  float inverse_step_;
  int32_t zero_point_;
  bool has_threshold_;
  Buffer<float> floats_, threshold_;
  Buffer<int32_t> integers_, words_;
  Buffer<int8_t> bytes_;
  Buffer<uint8_t> flip_;
};

}  // namespace onebit::test
