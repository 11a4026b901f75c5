#include "transform.h"

namespace onebit {
namespace {

/// clamp(rint(v * inverse_step) + zero_point, -128, 127); NaN gives -128.
inline int8_t quantized(const Transform& t, float v) {
  const float level = __builtin_rintf(v * t.inverse_step) + t.zero_point;
  if (!(level >= -128.0f)) return -128;
  return static_cast<int8_t>(level > 127.0f ? 127.0f : level);
}

}  // namespace

void write_row(const Transform& t, int32_t pixel, int32_t channels, const float* values) {
  if (t.output == Output::kInt8) {
    for (int32_t o = 0; o < channels; o++) static_cast<int8_t*>(t.y)[pixel * channels + o] = quantized(t, values[o]);
  } else {
    pack_row(values, channels, t.thresholds, t.zero_one != 0, static_cast<int32_t*>(t.y) + pixel * words_for(channels));
  }
}

}  // namespace onebit
