#pragma once
// The innermost loop: bits in which two runs of words differ, four output channels at a time.

#include "simd.h"

namespace onebit {

/// Adds two words of bits to `sum`, bit position by bit position; `sum` keeps weight 1, the result has weight 2.
inline v128_t carry_save(v128_t& sum, v128_t a, v128_t b) {
  const v128_t differ = sum ^ a;
  const v128_t carry = (sum & a) | (differ & b);
  sum = differ ^ b;
  return carry;
}

/// The same where `next`, the sum's new weight 1, is known already; the second word is next ^ sum ^ a.
inline v128_t carry_save_to(v128_t& sum, v128_t a, v128_t next) {
  const v128_t differ = sum ^ a;
  // Where sum and a differ, the second word decides: it is 1 where next is 0.
  const v128_t carry = wasm_v128_andnot(differ, next) | wasm_v128_andnot(sum, differ);
  sum = next;
  return carry;
}

/// Replaces every second word behind the first depth % 8 by the exclusive or of all words up to it. If both sides of a comparison are changed so,
/// their differences are the running sums that carry_save_to takes, ready without a chain of exclusive ors.
inline void make_running(int32_t* words, int32_t depth, int32_t stride = 1) {
  int32_t running = 0, i = 0;
  for (; i < depth % 8; i++) running ^= words[i * stride];
  for (; i < depth; i += 2) {
    running ^= words[i * stride] ^ words[(i + 1) * stride];
    words[(i + 1) * stride] = running;
  }
}

/// Whether make_running replaces word i.
inline bool is_running(int32_t depth, int32_t i) { return i >= depth % 8 && (i - depth % 8) % 2 == 1; }

/// Bit counts of four channels, as binary digits per bit position. Hosts without a byte popcount instruction need about 8 instructions for
/// i8x16.popcnt; one carry-save step costs 4 or 5, so 8 words share one popcount.
class BitCounter {
 public:
  /// Starts with `count` < 8 words, which cannot carry into the eights.
  void start(const int32_t* a, const int32_t* b, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
      const v128_t word = differences(a, b, i);
      const v128_t two = ones_ & word;
      ones_ ^= word;
      fours_ |= twos_ & two;
      twos_ ^= two;
    }
  }

  /// Eight more words, every second one running.
  void add(const int32_t* a, const int32_t* b) {
    const v128_t two0 = carry_save_to(ones_, differences(a, b, 0), differences(a, b, 1));
    const v128_t two1 = carry_save_to(ones_, differences(a, b, 2), differences(a, b, 3));
    const v128_t four0 = carry_save(twos_, two0, two1);
    const v128_t two2 = carry_save_to(ones_, differences(a, b, 4), differences(a, b, 5));
    const v128_t two3 = carry_save_to(ones_, differences(a, b, 6), differences(a, b, 7));
    const v128_t four1 = carry_save(twos_, two2, two3);
    eights_ = wasm_i8x16_add(eights_, wasm_i8x16_popcnt(carry_save(fours_, four0, four1)));
  }

  /// Most calls of add() before flush(): a byte of eights_ grows by at most 8.
  static constexpr int32_t kMaxAdds = 31;

  /// Moves the eights to the total.
  void flush() {
    total_ += sum_halves(wasm_i16x8_shl(sum_bytes(eights_), 3));
    eights_ = v128_t{};
  }

  I32x4 total() const {
    const v128_t ones = wasm_i8x16_popcnt(ones_), twos = wasm_i8x16_popcnt(twos_), fours = wasm_i8x16_popcnt(fours_);
    // ones + 2 (twos + 2 fours), at most 56 per byte; additions, because shifts of bytes are slow on x86.
    const v128_t upper = wasm_i8x16_add(twos, wasm_i8x16_add(fours, fours));
    const v128_t rest = wasm_i8x16_add(ones, wasm_i8x16_add(upper, upper));
    return total_ + sum_halves(wasm_i16x8_add(wasm_i16x8_shl(sum_bytes(eights_), 3), sum_bytes(rest)));
  }

 private:
  static v128_t differences(const int32_t* a, const int32_t* b, int32_t i) {
    return wasm_v128_load32_splat(a + i) ^ wasm_v128_load(b + i * kLanes);
  }
  static v128_t sum_bytes(v128_t bytes) { return wasm_u16x8_extadd_pairwise_u8x16(bytes); }
  static I32x4 sum_halves(v128_t halves) { return wasm_i32x4_extadd_pairwise_i16x8(halves); }

  v128_t ones_{}, twos_{}, fours_{};
  v128_t eights_{};  // counts per byte
  I32x4 total_{};
};

/// Number of differing bits of `a` with each of four channels; b holds `depth` times four words; both after make_running.
inline I32x4 count_differences(const int32_t* a, const int32_t* b, int32_t depth) {
  BitCounter counter;
  const int32_t odd = depth % 8;
  counter.start(a, b, odd);
  for (int32_t i = odd; i < depth;) {
    if (i > odd) counter.flush();
    const int32_t end = min(depth, i + 8 * BitCounter::kMaxAdds);
    for (; i < end; i += 8) counter.add(a + i, b + i * kLanes);
  }
  return counter.total();
}

}  // namespace onebit
