#pragma once
// Reads runs of channels of packed pixels; a group of channels may begin anywhere in a word.

#include <cstdint>

namespace onebit {

/// Bits [first, first + count) of a packed pixel, 1 <= count <= 64, the lowest first; no word without such a bit is read.
inline uint64_t read_bits(const int32_t* words, int64_t first, int64_t count) {
  const int64_t word = first / 32, last = (first + count - 1) / 32, shift = first % 32;
  uint64_t bits = static_cast<uint32_t>(words[word]);
  if (word < last) bits |= static_cast<uint64_t>(static_cast<uint32_t>(words[word + 1])) << 32;
  bits >>= shift;
  if (word + 1 < last) bits |= static_cast<uint64_t>(static_cast<uint32_t>(words[word + 2])) << (64 - shift);  // only where shift > 0
  return count == 64 ? bits : bits & ((uint64_t{1} << count) - 1);
}

/// Bits [first, first + count) as ceil(count / 64) words of 64, the tail zero.
inline void read_line(const int32_t* words, int64_t first, int64_t count, uint64_t* to) {
  for (int64_t i = 0; i < count; i += 64) *to++ = read_bits(words, first + i, count - i < 64 ? count - i : 64);
}

}  // namespace onebit
