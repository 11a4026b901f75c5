#include "peaks.h"

// Each loop is one assembler block of independent chains, so the compiler can neither reorder, spill nor delete anything. The sums live in the
// first registers, a chain's temporaries above, the operands in the last ones. All operands are zero: a left-over denormal would slow a sum down.
#if defined(__x86_64__)
namespace onebit {
namespace {

#define ONEBIT_8(CHAIN) \
  CHAIN("0", "8") CHAIN("1", "9") CHAIN("2", "10") CHAIN("3", "11") CHAIN("4", "12") CHAIN("5", "13") CHAIN("6", "14") CHAIN("7", "15")
#define ONEBIT_12(CHAIN) \
  CHAIN("0") CHAIN("1") CHAIN("2") CHAIN("3") CHAIN("4") CHAIN("5") CHAIN("6") CHAIN("7") CHAIN("8") CHAIN("9") CHAIN("10") CHAIN("11")

/// The body of a peak: `rounds` (at least 1) times the block.
#define ONEBIT_LOOP(SETUP, BLOCK, ...) \
  asm volatile(SETUP "1:\n" BLOCK "dec %0\njnz 1b\n" : "+r"(rounds) : : "cc", __VA_ARGS__)

#define ONEBIT_LOW_REGISTERS                                                                                                  \
  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", \
      "xmm15"

#pragma GCC push_options
#pragma GCC target("avx2,fma")

#define ONEBIT_AVX2_LOOP(BLOCK) ONEBIT_LOOP("vzeroall\n", BLOCK, ONEBIT_LOW_REGISTERS)

// Count of a byte = table[low half] + table[high half]: xor, two ands, a shift, two shuffles, two additions.
#define ONEBIT_CHAIN(sum, low, high)           \
  "vpxor %%ymm15, %%ymm14, %%ymm" low "\n"     \
  "vpsrlw $4, %%ymm" low ", %%ymm" high "\n"   \
  "vpand %%ymm13, %%ymm" low ", %%ymm" low "\n"   \
  "vpand %%ymm13, %%ymm" high ", %%ymm" high "\n" \
  "vpshufb %%ymm" low ", %%ymm12, %%ymm" low "\n"  \
  "vpshufb %%ymm" high ", %%ymm12, %%ymm" high "\n" \
  "vpaddb %%ymm" low ", %%ymm" high ", %%ymm" low "\n" \
  "vpaddb %%ymm" low ", %%ymm" sum ", %%ymm" sum "\n"
void xor_popcount_avx2(int64_t rounds) {
  ONEBIT_AVX2_LOOP(ONEBIT_CHAIN("0", "4", "8") ONEBIT_CHAIN("1", "5", "9") ONEBIT_CHAIN("2", "6", "10") ONEBIT_CHAIN("3", "7", "11"));
}
#undef ONEBIT_CHAIN

#define ONEBIT_CHAIN(sum) "vfmadd231ps %%ymm15, %%ymm14, %%ymm" sum "\n"
void multiply_add_avx2(int64_t rounds) { ONEBIT_AVX2_LOOP(ONEBIT_12(ONEBIT_CHAIN)); }
#undef ONEBIT_CHAIN

// Bytes to pairs, pairs to fours, add: what stands in for a dot product of bytes before VNNI.
#define ONEBIT_CHAIN(sum, product)                        \
  "vpmaddubsw %%ymm15, %%ymm14, %%ymm" product "\n"       \
  "vpmaddwd %%ymm13, %%ymm" product ", %%ymm" product "\n" \
  "vpaddd %%ymm" product ", %%ymm" sum ", %%ymm" sum "\n"
void int8_dot_avx2(int64_t rounds) {
  ONEBIT_AVX2_LOOP(ONEBIT_CHAIN("0", "6") ONEBIT_CHAIN("1", "7") ONEBIT_CHAIN("2", "8") ONEBIT_CHAIN("3", "9") ONEBIT_CHAIN("4", "10")
                       ONEBIT_CHAIN("5", "11"));
}
#undef ONEBIT_CHAIN

#undef ONEBIT_AVX2_LOOP
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512vpopcntdq,avx512vnni,avx512bf16")

#define ONEBIT_HIGH_REGISTERS                                                                                               \
  "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", \
      "xmm30", "xmm31"
#define ONEBIT_AVX512_LOOP(BLOCK)                                                                                       \
  ONEBIT_LOOP("vzeroall\n"                                                                                              \
              "vmovdqa64 %%zmm0, %%zmm28\nvmovdqa64 %%zmm0, %%zmm29\nvmovdqa64 %%zmm0, %%zmm30\nvmovdqa64 %%zmm0, %%zmm31\n", \
              BLOCK, ONEBIT_LOW_REGISTERS, ONEBIT_HIGH_REGISTERS)

#define ONEBIT_CHAIN(sum, low, high)                \
  "vpxord %%zmm31, %%zmm30, %%zmm" low "\n"         \
  "vpsrlw $4, %%zmm" low ", %%zmm" high "\n"        \
  "vpandd %%zmm29, %%zmm" low ", %%zmm" low "\n"    \
  "vpandd %%zmm29, %%zmm" high ", %%zmm" high "\n"  \
  "vpshufb %%zmm" low ", %%zmm28, %%zmm" low "\n"   \
  "vpshufb %%zmm" high ", %%zmm28, %%zmm" high "\n" \
  "vpaddb %%zmm" low ", %%zmm" high ", %%zmm" low "\n" \
  "vpaddb %%zmm" low ", %%zmm" sum ", %%zmm" sum "\n"
void xor_popcount_avx512(int64_t rounds) {
  ONEBIT_AVX512_LOOP(ONEBIT_CHAIN("0", "8", "16") ONEBIT_CHAIN("1", "9", "17") ONEBIT_CHAIN("2", "10", "18") ONEBIT_CHAIN("3", "11", "19")
                  ONEBIT_CHAIN("4", "12", "20") ONEBIT_CHAIN("5", "13", "21") ONEBIT_CHAIN("6", "14", "22") ONEBIT_CHAIN("7", "15", "23"));
}
#undef ONEBIT_CHAIN

#define ONEBIT_CHAIN(sum) "vfmadd231ps %%zmm31, %%zmm30, %%zmm" sum "\n"
void multiply_add_avx512(int64_t rounds) { ONEBIT_AVX512_LOOP(ONEBIT_12(ONEBIT_CHAIN)); }
#undef ONEBIT_CHAIN

// Five products by one look-up in a table of the 32 sums of five gradients with all signs (signed/table_kernels.h), then an addition. The looked-up
// sums serve as the next indices.
#define ONEBIT_CHAIN(sum, looked_up)                             \
  "vpermi2ps %%zmm31, %%zmm30, %%zmm" looked_up "\n"             \
  "vaddps %%zmm" looked_up ", %%zmm" sum ", %%zmm" sum "\n"
void lookup_avx512(int64_t rounds) { ONEBIT_AVX512_LOOP(ONEBIT_8(ONEBIT_CHAIN)); }
#undef ONEBIT_CHAIN

#define ONEBIT_CHAIN(sum, bits)                       \
  "vpxord %%zmm31, %%zmm30, %%zmm" bits "\n"          \
  "vpopcntd %%zmm" bits ", %%zmm" bits "\n"           \
  "vpaddd %%zmm" bits ", %%zmm" sum ", %%zmm" sum "\n"
void xor_popcount_vpopcnt(int64_t rounds) { ONEBIT_AVX512_LOOP(ONEBIT_8(ONEBIT_CHAIN)); }
#undef ONEBIT_CHAIN

// Two words for one count: carry of (last, first, second), then the second is the next pair's last. 0x4d is the majority of (S, a, S ^ a ^ b').
#define ONEBIT_CHAIN(sum, last, carry, second)                      \
  "vpxord %%zmm31, %%zmm30, %%zmm" carry "\n"                       \
  "vpxord %%zmm29, %%zmm30, %%zmm" second "\n"                      \
  "vpternlogd $0x4d, %%zmm" second ", %%zmm" last ", %%zmm" carry "\n" \
  "vpopcntd %%zmm" carry ", %%zmm" carry "\n"                       \
  "vpaddd %%zmm" carry ", %%zmm" sum ", %%zmm" sum "\n"
#define ONEBIT_PAIR(sum, one, carry, two) ONEBIT_CHAIN(sum, one, carry, two) ONEBIT_CHAIN(sum, two, carry, one)
void carry_save_vpopcnt(int64_t rounds) {
  ONEBIT_AVX512_LOOP(ONEBIT_PAIR("0", "7", "14", "21") ONEBIT_PAIR("1", "8", "15", "22") ONEBIT_PAIR("2", "9", "16", "23")
                  ONEBIT_PAIR("3", "10", "17", "24") ONEBIT_PAIR("4", "11", "18", "25") ONEBIT_PAIR("5", "12", "19", "26")
                      ONEBIT_PAIR("6", "13", "20", "27"));
}
#undef ONEBIT_PAIR
#undef ONEBIT_CHAIN

#define ONEBIT_CHAIN(sum) "vpdpbusd %%zmm31, %%zmm30, %%zmm" sum "\n"
void int8_dot_vnni(int64_t rounds) { ONEBIT_AVX512_LOOP(ONEBIT_12(ONEBIT_CHAIN)); }
#undef ONEBIT_CHAIN

#define ONEBIT_CHAIN(sum) "vdpbf16ps %%zmm31, %%zmm30, %%zmm" sum "\n"
void bf16_dot_avx512(int64_t rounds) { ONEBIT_AVX512_LOOP(ONEBIT_12(ONEBIT_CHAIN)); }
#undef ONEBIT_CHAIN

#pragma GCC pop_options

// chains * lanes or bits * 2
constexpr Peak kPeaks[] = {
    {"xor-popcount", KernelSet::kAvx2, 4 * 256 * 2, xor_popcount_avx2},
    {"fp32-fma", KernelSet::kAvx2, 12 * 8 * 2, multiply_add_avx2},
    {"int8-dot", KernelSet::kAvx2, 6 * 32 * 2, int8_dot_avx2},
    {"xor-popcount", KernelSet::kAvx512, 8 * 512 * 2, xor_popcount_avx512},
    {"fp32-fma", KernelSet::kAvx512, 12 * 16 * 2, multiply_add_avx512},
    {"sign-lookup", KernelSet::kAvx512, 8 * 16 * 5 * 2, lookup_avx512},
    {"bf16-dot", KernelSet::kAvx512, 12 * 32 * 2, bf16_dot_avx512},
    {"xor-popcount", KernelSet::kAvx512Popcnt, 8 * 512 * 2, xor_popcount_vpopcnt},
    {"carry-save", KernelSet::kAvx512Popcnt, 7 * 4 * 512 * 2, carry_save_vpopcnt},
    {"int8-dot", KernelSet::kAvx512Popcnt, 12 * 64 * 2, int8_dot_vnni},
};

}  // namespace

PeakList peaks_x86() { return {kPeaks, sizeof kPeaks / sizeof *kPeaks}; }

}  // namespace onebit
#else
namespace onebit {
PeakList peaks_x86() { return {nullptr, 0}; }
}  // namespace onebit
#endif
