#include "slice.h"

#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx2,prefer-vector-width=512")

namespace onebit {
namespace {

typedef long long Plane __attribute__((vector_size(64), may_alias));
typedef long long UnalignedPlane __attribute__((vector_size(64), aligned(1), may_alias));

// Truth tables, the first argument the highest bit. The first argument is the one that dies: the instruction overwrites it.
constexpr int kSum3 = 0x96;
constexpr int kCarryOf = 0xd4;     // (a, b, sum): a where a = b, else the third addend, which is not sum
constexpr int kChainCarry = 0xd4;  // (a, s, n): s where a differs from b (s differs from n), else a

inline __m512i raw(Plane p) { return reinterpret_cast<__m512i>(p); }
template <int kTable>
inline Plane logic(Plane a, Plane b, Plane c) {
  return reinterpret_cast<Plane>(_mm512_ternarylogic_epi64(raw(a), raw(b), raw(c), kTable));
}
inline Plane sum3(Plane a, Plane b, Plane c) { return logic<kSum3>(a, b, c); }
inline Plane carry_of(Plane a, Plane b, Plane sum) { return logic<kCarryOf>(a, b, sum); }
inline Plane chain_carry(Plane s, Plane a, Plane n) { return logic<kChainCarry>(a, s, n); }

// The counter of a pixel lives in registers only if everything is one function.
#define INLINE inline __attribute__((always_inline))

constexpr int64_t kPlaneBytes = sizeof(Plane);
constexpr int64_t kGroupBytes = kSlicePlanes * kPlaneBytes;
constexpr int64_t kParity = 8;  // first of the two parity planes

/// Adds a and b into `running`; the carry.
INLINE Plane full_add(Plane& running, Plane a, Plane b) {
  running = sum3(running, a, b);
  return carry_of(a, b, running);
}

INLINE Plane half_add(Plane& running, Plane a) {
  const Plane carry = running & a;
  running ^= a;
  return carry;
}

/// The planes that one pixel selects. Selectors hold eight times the index of the plane within its kind.
struct Selection {
  const uint8_t* table;
  const uint8_t* selectors;

  Plane at(int64_t group, int64_t first, uint64_t selector) const {
    // Tables are made at a cache line, but a copy of a prepared filter may lie anywhere.
    return *reinterpret_cast<const UnalignedPlane*>(table + group * kGroupBytes + first * kPlaneBytes + selector * (kPlaneBytes / 8));
  }
  Plane twos(int64_t group) const { return at(group, 0, selectors[group]); }
  Plane ones(int64_t group) const { return at(group, kParity, selectors[kSliceGroups + group]); }
};

/// Counts of one pixel in registers while a chunk is added.
struct Counter {
  Plane parity;  // prefix parity of the chunk so far
  Plane one, two, four, eight, sixteen;
};

/// Groups G to G + 3: three carries of weight 4.
template <int64_t G>
INLINE void add4(const Selection& in, Counter& c, Plane carry[3]) {
  const Plane next = in.ones(G + 2);
  const Plane first = chain_carry(c.parity, in.ones(G + 1), next);
  c.parity = next;
  Plane second;
  if constexpr (G + 4 < kSliceGroups) {
    const Plane last = in.ones(G + 4);
    second = chain_carry(c.parity, in.ones(G + 3), last);
    c.parity = last;
  } else {  // the chain ends: its parity joins the count
    second = full_add(c.one, c.parity, in.ones(G + 3));
  }
  carry[0] = full_add(c.two, in.twos(G), in.twos(G + 1));
  carry[1] = full_add(c.two, in.twos(G + 2), in.twos(G + 3));
  carry[2] = full_add(c.two, first, second);
}

/// Six planes into `running`: three carries.
INLINE void add_six(Plane& running, const Plane in[6], Plane carry[3]) {
  carry[0] = full_add(running, in[0], in[1]);
  carry[1] = full_add(running, in[2], in[3]);
  carry[2] = full_add(running, in[4], in[5]);
}

template <int64_t G>
INLINE void add8(const Selection& in, Counter& c, Plane carry[3]) {
  Plane fours[6];
  add4<G>(in, c, fours);
  add4<G + 4>(in, c, fours + 3);
  add_six(c.four, fours, carry);
}

template <int64_t G>
INLINE void add16(const Selection& in, Counter& c, Plane carry[3]) {
  Plane eights[6];
  add8<G>(in, c, eights);
  add8<G + 8>(in, c, eights + 3);
  add_six(c.eight, eights, carry);
}

/// Adds a carry of weight 2^first to the planes first ... bits - 1.
INLINE void ripple(Plane* state, int first, int bits, Plane carry) {
  for (int i = first; i < bits; i++) carry = half_add(state[i < 7 ? i : i + 1], carry);
}

INLINE void add_chunk(const Selection& in, Plane* state, bool second, int bits) {
  Counter c{in.ones(0), state[0], state[1], state[2], state[3], state[4]};
  Plane sixteens[6], thirty_twos[3];
  add16<0>(in, c, sixteens);
  add16<16>(in, c, sixteens + 3);
  add_six(c.sixteen, sixteens, thirty_twos);
  const Plane early = full_add(state[5], thirty_twos[0], thirty_twos[1]);
  const Plane late = half_add(state[5], thirty_twos[2]);
  const Plane overflow = full_add(state[6], early, late);
  state[0] = c.one;
  state[1] = c.two;
  state[2] = c.four;
  state[3] = c.eight;
  state[4] = c.sixteen;
  if (bits == 7) return;
  if (second) {  // every second chunk carries on, for two at a time
    ripple(state, 8, bits, full_add(state[8], state[7], overflow));
  } else {
    state[7] = overflow;
  }
}

#undef INLINE

void count(const uint8_t* table, const uint8_t* selectors, int64_t pixels, int64_t chunk, int bits, uint8_t* state) {
  const int64_t planes = slice_state_planes(bits);
  for (int64_t p = 0; p < pixels; p++) {
    add_chunk({table, selectors + p * kSliceSelectors}, reinterpret_cast<Plane*>(state) + p * planes, chunk % 2 == 1, bits);
  }
}

/// Brings the waiting carry into the planes, so that bit i is in plane i (i < 7) or i + 1.
inline void settle(Plane* state, int64_t chunks, int bits) {
  if (bits > 7 && chunks % 2 == 1) ripple(state, 7, bits, state[7]);
}

inline int plane_of_bit(int bit) { return bit < 7 ? bit : bit + 1; }

/// 32 bits of 32 channels each.
typedef uint32_t Words __attribute__((vector_size(sizeof(Plane)), may_alias));
constexpr int64_t kWords = sizeof(Plane) / 4;

/// Rows of 32 bits become columns, in every lane: bit r of row c was bit c of row r.
inline void transpose(Words rows[32]) {
  uint32_t mask = 0x0000FFFFu;
  for (int half = 16; half > 0; half /= 2, mask ^= mask << half) {
    for (int i = 0; i < 32; i = (i + half + 1) & ~half) {
      const Words swapped = ((rows[i] >> half) ^ rows[i + half]) & mask;
      rows[i + half] ^= swapped;
      rows[i] ^= swapped << half;
    }
  }
}

void prepare(const int32_t* const words[3], uint8_t* table) {
  Words weight[3][32];  // [word][bit of the word], lane j holds channels 32 j ...
  for (int w = 0; w < 3; w++) {
    alignas(64) int32_t rows[32][kWords];
    for (int64_t o = 0; o < 8 * kPlaneBytes; o++) rows[o % 32][o / 32] = words[w][o];
    for (int64_t channel = 0; channel < 32; channel++) weight[w][channel] = *reinterpret_cast<const Words*>(rows[channel]);
    transpose(weight[w]);
  }
  Words prefix{};
  for (int64_t group = 0; group < kSliceGroups; group++, table += kGroupBytes) {
    Words* const planes = reinterpret_cast<Words*>(table);
    const Words a = weight[0][group], b = weight[1][group], c = weight[2][group], parity = a ^ b ^ c;
    prefix ^= parity;
    for (uint32_t pattern = 0; pattern < 8; pattern++) {
      const Words x = a ^ (Words{} - (pattern & 1)), y = b ^ (Words{} - (pattern >> 1 & 1)), z = c ^ (Words{} - (pattern >> 2));
      planes[pattern] = (x & y) | (z & (x | y));
    }
    planes[kParity] = group % 2 == 0 ? prefix : parity;
    planes[kParity + 1] = ~planes[kParity];
  }
}

void select(const int32_t* word0, const int32_t* word1, const int32_t* word2, int64_t pixels, uint8_t* selectors) {
  const __m256i two = _mm256_set1_epi8(16), four = _mm256_set1_epi8(32);
  for (int64_t p = 0; p < pixels; p++, selectors += kSliceSelectors) {
    const auto a = static_cast<uint32_t>(word0[p]), b = static_cast<uint32_t>(word1[p]), c = static_cast<uint32_t>(word2[p]);
    __m256i pattern = _mm256_maskz_set1_epi8(a, 8);
    pattern = _mm256_mask_add_epi8(pattern, b, pattern, two);
    pattern = _mm256_mask_add_epi8(pattern, c, pattern, four);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(selectors), pattern);
    const __m256i parity = _mm256_maskz_set1_epi8(slice_parities(a ^ b ^ c), 8);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(selectors + kSliceGroups), parity);
  }
}

/// Adds 2^k where bit k of a count is set; mask register k holds that bit of 64 channels.
template <int kFirst, int... kBit>
inline __m512i weigh(const uint8_t* plane, std::integer_sequence<int, kBit...>) {
  __m512i sum = _mm512_setzero_si512();
  ((sum = _mm512_mask_add_epi8(sum, _load_mask64(reinterpret_cast<__mmask64*>(const_cast<uint8_t*>(plane + kBit * kPlaneBytes))), sum,
                               _mm512_set1_epi8(static_cast<char>(1 << (kBit + kFirst))))),
   ...);
  return sum;
}

template <int kHighBits>
void read_bits(const uint8_t* bytes, uint16_t* counts) {
  const __m512i order = _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7);  // so that interleaving 128-bit lanes leaves the channels in order
  for (int64_t o = 0; o < 8 * kPlaneBytes; o += 64, bytes += 8, counts += 64) {
    __m512i low = weigh<0>(bytes, std::make_integer_sequence<int, 7>());
    if constexpr (kHighBits >= 0) low = _mm512_add_epi8(low, weigh<7>(bytes + 8 * kPlaneBytes, std::make_integer_sequence<int, 1>()));
    __m512i high = _mm512_setzero_si512();
    if constexpr (kHighBits > 0) high = weigh<0>(bytes + 9 * kPlaneBytes, std::make_integer_sequence<int, kHighBits>());
    low = _mm512_permutexvar_epi64(order, low);
    high = _mm512_permutexvar_epi64(order, high);
    _mm512_storeu_si512(counts, _mm512_unpacklo_epi8(low, high));
    _mm512_storeu_si512(counts + 32, _mm512_unpackhi_epi8(low, high));
  }
}

template <int... kHighBits>
void read_any(int high, const uint8_t* bytes, uint16_t* counts, std::integer_sequence<int, kHighBits...>) {
  ((high == kHighBits - 1 ? read_bits<kHighBits - 1>(bytes, counts) : void()), ...);
}

void read(uint8_t* bytes, int64_t chunks, int bits, uint16_t* counts) {
  settle(reinterpret_cast<Plane*>(bytes), chunks, bits);
  read_any(bits - 8, bytes, counts, std::make_integer_sequence<int, kSliceMaxBits - 6>());
}

}  // namespace

const SliceKernels& slice_avx512() {
  static const SliceKernels kernels{8 * kPlaneBytes, prepare, select, count, read};
  return kernels;
}

}  // namespace onebit

#pragma GCC pop_options
#else
namespace onebit {
const SliceKernels& slice_avx512() {
  static const SliceKernels none{};
  return none;
}
}  // namespace onebit
#endif
