#pragma once
// The output transform of the binary kernels: what happens to sums of scaled dot products on the way to memory. Defined in src/transform.ts; every
// multiplication and every addition rounds by itself.

#include <cstdint>

#include "bits/pack.h"

namespace onebit {

enum class ActivationKind { kNone, kPrelu, kRprelu, kClip };

struct Activation {
  ActivationKind kind = ActivationKind::kNone;
  const float* slope = nullptr;      // [O], kPrelu and kRprelu
  const float* shift_in = nullptr;   // [O], kRprelu
  const float* shift_out = nullptr;  // [O], kRprelu
  float low = 0, high = 0;           // kClip
};

struct OutputTransform {
  const float* offset = nullptr;  // [O]
  Activation activation;
  const float* residual = nullptr;  // [N, H', W', O]
  bool residual_before = false;     // added before the activation, else after
};

enum class OutputType { kDots, kFloat32, kInt8, kBits };

struct BinaryOutput {
  OutputType type = OutputType::kFloat32;
  void* y = nullptr;  // [N, H', W', O]; kBits: [N, H', W', ceil(O / 32)] words
  float inverse_step = 1;
  int32_t zero_point = 0;
  Levels levels = Levels::kPm1;
  BitThreshold threshold;
};

/// Channels [first, first + count) of a tensor of `total` channels.
struct ChannelRange {
  int64_t first, count, total;
};

/// Sums of scaled dot products: `pixels` neighbouring output pixels from `first_pixel` on, `stride` floats apart.
struct PixelRows {
  float* values;
  int64_t stride;
  int64_t first_pixel;
  int64_t pixels;
};

/// Applies the transform to `rows`, channels [first, first + count) of their pixels, in place, and writes the output. For kFloat32 the values must
/// already stand in the output; for kBits `first` must be a multiple of 32, and whole words are written.
void write_pixels(const OutputTransform& transform, const BinaryOutput& output, ChannelRange channels, const PixelRows& rows);

/// Whether write_pixels has nothing to do.
bool is_identity(const OutputTransform& transform, const BinaryOutput& output);

}  // namespace onebit
