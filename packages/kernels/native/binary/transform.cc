#include "transform.h"

#include "binary_kernels.h"
#include "conv/scratch.h"

namespace onebit {
namespace {

bool changes_nothing(const OutputTransform& t) {
  return t.offset == nullptr && t.activation.kind == ActivationKind::kNone && t.residual == nullptr;
}

/// The operands, each at the first channel of the range and at the pixel.
OutputTransform operands_at(const OutputTransform& transform, int64_t pixel, ChannelRange channels) {
  const auto moved = [&](const float* operand) { return operand == nullptr ? nullptr : operand + channels.first; };
  OutputTransform result = transform;
  result.offset = moved(transform.offset);
  result.activation.slope = moved(transform.activation.slope);
  result.activation.shift_in = moved(transform.activation.shift_in);
  result.activation.shift_out = moved(transform.activation.shift_out);
  if (transform.residual != nullptr) result.residual = transform.residual + pixel * channels.total + channels.first;
  return result;
}

void write_int8(const BinaryOutput& output, ChannelRange channels, const PixelRows& rows) {
  const BinaryKernels& kernels = binary_kernels();
  int8_t* y = static_cast<int8_t*>(output.y) + rows.first_pixel * channels.total + channels.first;
  for (int64_t i = 0; i < rows.pixels; i++, y += channels.total) {
    kernels.to_int8(rows.values + i * rows.stride, channels.count, output.inverse_step, output.zero_point, y);
  }
}

void write_bits(const BinaryOutput& output, ChannelRange channels, const PixelRows& rows) {
  thread_local Scratch scratch;
  const int64_t count = words_for(channels.count), total = words_for(channels.total);
  BitThreshold threshold = output.threshold;
  if (threshold.values != nullptr) threshold.values += channels.first;
  if (threshold.flip != nullptr) threshold.flip += channels.first;
  int32_t* const y = static_cast<int32_t*>(output.y) + rows.first_pixel * total + channels.first / 32;
  int32_t* const words = count == total ? y : scratch.get<int32_t>(static_cast<size_t>(rows.pixels * count));
  pack_pixels(rows.values, rows.stride, channels.count, rows.pixels, output.levels, threshold, words);
  if (words == y) return;
  for (int64_t i = 0; i < rows.pixels; i++) {
    for (int64_t w = 0; w < count; w++) y[i * total + w] = words[i * count + w];
  }
}

}  // namespace

bool is_identity(const OutputTransform& transform, const BinaryOutput& output) {
  return changes_nothing(transform) && (output.type == OutputType::kFloat32 || output.type == OutputType::kDots);
}

void write_pixels(const OutputTransform& transform, const BinaryOutput& output, ChannelRange channels, const PixelRows& rows) {
  if (!changes_nothing(transform)) {
    binary_kernels().transform(operands_at(transform, rows.first_pixel, channels), rows.pixels, channels.count, channels.total, rows.values, rows.stride);
  }
  if (output.type == OutputType::kInt8) write_int8(output, channels, rows);
  if (output.type == OutputType::kBits) write_bits(output, channels, rows);
}

}  // namespace onebit
