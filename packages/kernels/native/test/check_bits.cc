#include <limits>

#include "bits/pack.h"
#include "test/check.h"
#include "test/naive.h"

namespace onebit::test {
namespace {

/// Numbers around the thresholds of the kernels, the special ones included.
float edgy(Choices& choices) {
  static const float kSpecial[] = {0.0f, -0.0f, 1.0f, -1.0f, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                                   -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::denorm_min()};
  const uint32_t bits = choices.bits();
  return (bits & 3) == 0 ? kSpecial[bits >> 2 & 7] : choices.small();
}

struct Pixels {
  explicit Pixels(Choices& choices) : channels(choices.in(1, 200)), pixels(choices.in(0, 40)), levels(choices.flip() ? Levels::kPm1 : Levels::kZeroOne) {}
  int64_t words() const { return pixels * words_for(channels); }
  int64_t channels, pixels;
  Levels levels;
};

bool expected_bit(float v, float threshold, bool flip, Levels levels) {
  if (levels == Levels::kPm1) return flip ? !(v <= threshold) : !(v >= threshold);
  return flip ? v < threshold : v > threshold;
}

}  // namespace

std::string check_pack(Choices& choices) {
  const Pixels p(choices);
  const bool thresholds = choices.flip(), flips = thresholds && choices.flip();
  Buffer<float> x(p.pixels * p.channels), values(p.channels);
  Buffer<uint8_t> flip(p.channels);
  x.fill([&] { return edgy(choices); });
  values.fill([&] { return thresholds ? edgy(choices) : 0.0f; });
  flip.fill([&] { return static_cast<uint8_t>(flips ? choices.bits() & 1 : 0); });
  BitThreshold threshold;
  if (thresholds) threshold.values = values.data();
  if (flips) threshold.flip = flip.data();

  Buffer<int32_t> actual(p.words()), expected(p.words());
  actual.fill([] { return -1; });
  expected.fill([] { return 0; });
  for (int64_t i = 0; i < x.size(); i++) {
    const int64_t c = i % p.channels;
    if (!expected_bit(x[i], values[c], flip[c] != 0, p.levels)) continue;
    expected[i / p.channels * words_for(p.channels) + c / 32] |= static_cast<int32_t>(1u << c % 32);
  }
  pack_pixels(x.data(), p.channels, p.channels, p.pixels, p.levels, threshold, actual.data());
  return difference("words", actual, expected);
}

std::string check_unpack(Choices& choices) {
  const Pixels p(choices);
  Buffer<int32_t> words(p.words());
  fill_packed(words, p.channels, choices);
  Buffer<float> actual(p.pixels * p.channels);
  actual.fill([] { return 7.0f; });
  unpack_pixels(words.data(), p.channels, p.pixels, p.levels, actual.data());
  return difference("values", actual, unpacked(words, p.channels, p.levels));
}

std::string check_mask(Choices& choices) {
  const Pixels p(choices);
  const bool open = choices.flip();
  Buffer<float> x(p.pixels * p.channels);
  x.fill([&] { return edgy(choices); });
  Buffer<int32_t> actual(p.words()), expected(p.words());
  actual.fill([] { return -1; });
  expected.fill([] { return 0; });
  for (int64_t i = 0; i < x.size(); i++) {
    const int64_t c = i % p.channels;
    const bool inside = open ? std::fabs(x[i]) < 1 : std::fabs(x[i]) <= 1;
    if (inside) expected[i / p.channels * words_for(p.channels) + c / 32] |= static_cast<int32_t>(1u << c % 32);
  }
  pack_mask(x.data(), p.channels, p.pixels, open, actual.data());
  return difference("words", actual, expected);
}

std::string check_pack_filter(Choices& choices) {
  const int64_t taps = choices.in(1, 9), channels = choices.in(1, 100), columns = choices.in(1, 70);
  Buffer<float> filter(taps * channels * columns);
  filter.fill([&] { return edgy(choices); });
  Buffer<int32_t> actual(columns * taps * words_for(channels)), expected(columns * taps * words_for(channels));
  actual.fill([] { return -1; });
  expected.fill([] { return 0; });
  for (int64_t i = 0; i < filter.size(); i++) {
    const int64_t o = i % columns, c = i / columns % channels, tap = i / columns / channels;
    if (!(filter[i] >= 0)) expected[(o * taps + tap) * words_for(channels) + c / 32] |= static_cast<int32_t>(1u << c % 32);
  }
  pack_filter(filter.data(), columns, taps, channels, columns, actual.data());
  return difference("words", actual, expected);
}

}  // namespace onebit::test
