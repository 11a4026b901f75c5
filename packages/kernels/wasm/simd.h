#pragma once
// 128-bit vectors. Loads may run up to 31 elements past the end of an array: the caller keeps that much of the memory behind it readable
// (kSlack in src/wasm/arena.ts). Stores never do.

#include <stdint.h>
#include <wasm_simd128.h>

#define ONEBIT_EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace onebit {

typedef int32_t I32x4 __attribute__((vector_size(16)));
typedef float F32x4 __attribute__((vector_size(16)));

constexpr int32_t kLanes = 4;
constexpr int32_t kWordBits = 32;

inline int32_t words_for(int32_t channels) { return static_cast<int32_t>((static_cast<uint32_t>(channels) + 31) / 32); }
inline int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }
inline int32_t max(int32_t a, int32_t b) { return a > b ? a : b; }

inline I32x4 load(const int32_t* from) { return wasm_v128_load(from); }
inline F32x4 load(const float* from) { return reinterpret_cast<F32x4>(wasm_v128_load(from)); }
inline I32x4 splat(int32_t value) { return wasm_i32x4_splat(value); }
inline F32x4 splat(float value) { return reinterpret_cast<F32x4>(wasm_f32x4_splat(value)); }
inline I32x4 splat_from(const int32_t* from) { return wasm_v128_load32_splat(from); }
inline F32x4 splat_from(const float* from) { return reinterpret_cast<F32x4>(wasm_v128_load32_splat(from)); }
inline I32x4 bits_of(F32x4 v) { return reinterpret_cast<I32x4>(v); }
inline F32x4 floats_of(I32x4 v) { return reinterpret_cast<F32x4>(v); }

/// mask ? yes : no, bit by bit.
inline F32x4 select(I32x4 mask, F32x4 yes, F32x4 no) {
  return floats_of(wasm_v128_bitselect(bits_of(yes), bits_of(no), mask));
}

template <typename T, typename V>
inline void store_lanes(T* to, V values, int32_t count) {
  if (count >= kLanes) {
    wasm_v128_store(to, reinterpret_cast<v128_t>(values));
    return;
  }
  for (int32_t lane = 0; lane < count; lane++) to[lane] = values[lane];
}
/// The first `count` >= 1 lanes, at most 4.
inline void store(int32_t* to, I32x4 values, int32_t count = kLanes) { store_lanes(to, values, count); }
inline void store(float* to, F32x4 values, int32_t count = kLanes) { store_lanes(to, values, count); }

/// Lane i is -1 where bit `first + i` of the word is set, else 0; first <= 28.
inline I32x4 spread_bits(int32_t word, int32_t first) {
  const I32x4 bit = {1, 2, 4, 8};
  const I32x4 wanted = wasm_i32x4_shl(bit, static_cast<uint32_t>(first));
  return (splat(word) & wanted) == wanted;
}

/// 32 bits, starting at bit `first` of a row of `row_words` words, of which those beyond `count` are 0.
inline int32_t bits_at(const int32_t* row, int32_t row_words, int32_t first, int32_t count) {
  const int32_t at = first / kWordBits, shift = first % kWordBits;
  uint64_t pair = static_cast<uint32_t>(row[at]);
  if (shift != 0 && at + 1 < row_words) pair |= static_cast<uint64_t>(static_cast<uint32_t>(row[at + 1])) << 32;
  const auto word = static_cast<uint32_t>(pair >> shift);
  return static_cast<int32_t>(count >= kWordBits ? word : word & ((1u << count) - 1));
}

}  // namespace onebit
