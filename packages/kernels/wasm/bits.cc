// Packing, unpacking and pooling of bits.

#include "geometry.h"
#include "transform.h"

namespace onebit {
namespace {

/// The 32 results of `test(channel)`, a vector of four comparisons beginning at that channel, as one word.
template <typename Test>
inline int32_t word_of(const Test& test) {
  uint32_t word = 0;
  for (int32_t c = 0; c < kWordBits; c += 16) {
    const v128_t low = wasm_i16x8_narrow_i32x4(test(c), test(c + 4));
    const v128_t high = wasm_i16x8_narrow_i32x4(test(c + 8), test(c + 12));
    word |= static_cast<uint32_t>(wasm_i8x16_bitmask(wasm_i8x16_narrow_i16x8(low, high))) << c;
  }
  return static_cast<int32_t>(word);
}

/// Packs `channels` results of `test`.
template <typename Test>
inline void pack_where(int32_t channels, int32_t* words, const Test& test) {
  for (int32_t c0 = 0; c0 < channels; c0 += kWordBits) {
    const int32_t word = word_of([&](int32_t c) { return test(c0 + c); });
    *words++ = channels - c0 >= kWordBits ? word : word & static_cast<int32_t>((1u << (channels - c0)) - 1);
  }
}

}  // namespace

void pack_row(const float* from, int32_t channels, const Thresholds& thresholds, bool zero_one, int32_t* words) {
  const auto signed_value = [&](int32_t c) { return floats_of(bits_of(load(from + c)) ^ load(thresholds.signs + c)); };
  if (zero_one) {
    pack_where(channels, words, [&](int32_t c) { return signed_value(c) > load(thresholds.values + c); });
  } else {
    pack_where(channels, words, [&](int32_t c) { return ~(signed_value(c) >= load(thresholds.values + c)); });
  }
}

ONEBIT_EXPORT(pack_bits)
void pack_bits(const float* x, int32_t* words, int32_t pixels, int32_t channels, int32_t zero_one, const float* values,
               const int32_t* signs) {
  const Thresholds thresholds{values, signs};
  for (int32_t p = 0; p < pixels; p++) {
    pack_row(x + p * channels, channels, thresholds, zero_one != 0, words + p * words_for(channels));
  }
}

ONEBIT_EXPORT(pack_mask)
void pack_mask(const float* x, int32_t* words, int32_t pixels, int32_t channels, int32_t open) {
  const F32x4 one = splat(1.0f);
  for (int32_t p = 0; p < pixels; p++, x += channels, words += words_for(channels)) {
    const auto size = [&](int32_t c) { return floats_of(bits_of(load(x + c)) & splat(0x7fffffff)); };
    if (open != 0) {
      pack_where(channels, words, [&](int32_t c) { return size(c) < one; });
    } else {
      pack_where(channels, words, [&](int32_t c) { return size(c) <= one; });
    }
  }
}

ONEBIT_EXPORT(unpack_bits)
void unpack_bits(const int32_t* words, float* x, int32_t pixels, int32_t channels, int32_t zero_one) {
  const I32x4 one = bits_of(splat(1.0f));
  const I32x4 sign = splat(static_cast<int32_t>(0x80000000));
  for (int32_t p = 0; p < pixels; p++, x += channels, words += words_for(channels)) {
    for (int32_t c = 0; c < channels; c += kLanes) {
      const I32x4 set = spread_bits(words[c / kWordBits], c % kWordBits);
      store(x + c, floats_of(zero_one != 0 ? one & set : one | (sign & set)), channels - c);
    }
  }
}

ONEBIT_EXPORT(pack_filter)
void pack_filter(const float* filter, int32_t* words, int32_t taps, int32_t in_channels, int32_t out_channels) {
  const int32_t per_tap = words_for(in_channels);
  for (int32_t row = 0; row < taps * per_tap; row++) {
    const int32_t first = row % per_tap * kWordBits;
    const float* from = filter + (row / per_tap * in_channels + first) * out_channels;
    const int32_t count = min(kWordBits, in_channels - first);
    for (int32_t o = 0; o < out_channels; o += kLanes) {
      I32x4 word{};
      for (int32_t c = 0; c < count; c++) {
        word |= ~(load(from + c * out_channels + o) >= F32x4{}) & splat(static_cast<int32_t>(1u << c));
      }
      for (int32_t lane = 0; lane < min(kLanes, out_channels - o); lane++) words[(o + lane) * taps * per_tap + row] = word[lane];
    }
  }
}

ONEBIT_EXPORT(max_pool_bits)
void max_pool_bits(const Geometry* geometry, const int32_t* x, int32_t* y, int32_t zero_one) {
  const Geometry& g = *geometry;
  const int32_t words = g.in_words();
  const int32_t pixels = g.batch * g.out_height * g.out_width;
  Window window(g, 0);
  for (int32_t p = 0; p < pixels; p++, y += words, window.advance()) {
    for (int32_t w = 0; w < words; w++) {
      const int32_t left = g.in_channels - w * kWordBits;
      uint32_t best = zero_one != 0 ? 0 : left >= kWordBits ? ~0u : (1u << left) - 1;
      for (int32_t kh = window.rows.begin; kh < window.rows.end; kh++) {
        for (int32_t kw = window.columns.begin; kw < window.columns.end; kw++) {
          const auto word = static_cast<uint32_t>(x[window.pixel(kh, kw) * words + w]);
          best = zero_one != 0 ? best | word : best & word;
        }
      }
      y[w] = static_cast<int32_t>(best);
    }
  }
}

}  // namespace onebit
