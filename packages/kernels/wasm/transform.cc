#include "transform.h"

namespace onebit {
namespace {

inline F32x4 prelu(F32x4 v, F32x4 slope) { return select(v >= F32x4{}, v, slope * v); }

inline F32x4 activate(const Transform& t, F32x4 v, int32_t o) {
  switch (t.activation) {
    case Activation::kNone:
      return v;
    case Activation::kPrelu:
      return prelu(v, load(t.slope + o));
    case Activation::kRprelu:
      return prelu(v - load(t.shift_in + o), load(t.slope + o)) + load(t.shift_out + o);
    case Activation::kClip: {
      const F32x4 low = splat(t.low), high = splat(t.high);
      v = select(v < low, low, v);
      return select(v > high, high, v);
    }
  }
}

/// clamp(rint(v * inverse_step) + zero_point, -128, 127); NaN gives -128.
inline int8_t quantized(const Transform& t, float v) {
  const float level = __builtin_rintf(v * t.inverse_step) + t.zero_point;
  if (!(level >= -128.0f)) return -128;
  return static_cast<int8_t>(level > 127.0f ? 127.0f : level);
}

void write_row(const Transform& t, int32_t pixel, int32_t channels, const float* values) {
  switch (t.output) {
    case Output::kDots:
      return;  // written by the convolution itself: they are integers
    case Output::kFloat32:
      for (int32_t o = 0; o < channels; o += kLanes) {
        store(static_cast<float*>(t.y) + pixel * channels + o, load(values + o), channels - o);
      }
      return;
    case Output::kInt8:
      for (int32_t o = 0; o < channels; o++) static_cast<int8_t*>(t.y)[pixel * channels + o] = quantized(t, values[o]);
      return;
    case Output::kBits:
      pack_row(values, channels, t.thresholds, t.zero_one != 0, static_cast<int32_t*>(t.y) + pixel * words_for(channels));
      return;
  }
}

}  // namespace

void finish_row(const Transform& t, int32_t pixel, int32_t channels, float* values) {
  const float* residual = t.residual + pixel * channels;
  for (int32_t o = 0; o < channels; o += kLanes) {
    F32x4 v = load(values + o);
    if (t.offset != nullptr) v += load(t.offset + o);
    if (t.residual_position == ResidualPosition::kBefore) v += load(residual + o);
    v = activate(t, v, o);
    if (t.residual_position == ResidualPosition::kAfter) v += load(residual + o);
    store(values + o, v);
  }
  write_row(t, pixel, channels, values);
}

}  // namespace onebit
