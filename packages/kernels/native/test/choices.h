#pragma once
// Decisions of a random test case, drawn from a string of bytes: libFuzzer's input, or bytes from a seed.

#include <cstddef>
#include <cstdint>

namespace onebit::test {

class Choices {
 public:
  Choices(const uint8_t* data, size_t size) : data_(data), end_(data + size) {
    for (size_t i = 0; i < size; i++) state_ = (state_ ^ data[i]) * 0x100000001b3u;
  }

  /// In [low, high], at most 256 values; `low` when the bytes have run out.
  int64_t in(int64_t low, int64_t high) { return data_ == end_ ? low : low + *data_++ % (high - low + 1); }
  bool flip() { return in(0, 1) == 1; }

  /// What arrays are filled with, which no decision depends on: pseudo-random bits (splitmix64) that follow from all bytes.
  uint32_t bits() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return static_cast<uint32_t>(z >> 32);
  }
  /// Multiples of 1/16 in [-2, 2): sums of some thousand products of two are exact in float32, whatever their order.
  float small() { return static_cast<float>(static_cast<int32_t>(bits() >> 26) - 32) / 16; }

 private:
  const uint8_t* data_;
  const uint8_t* end_;
  uint64_t state_ = 0xcbf29ce484222325u;
};

}  // namespace onebit::test
