#include "peaks.h"

// As x86.cc: each loop is one assembler block of independent chains. The sums start from what the registers hold: NEON is as fast on denormals.
#if defined(__aarch64__)
namespace onebit {
namespace {

#define ONEBIT_LOOP(BLOCK)                                                                                                      \
  asm volatile("movi v30.2d, #0\nmovi v31.2d, #0\n1:\n" BLOCK "subs %0, %0, #1\nb.ne 1b\n"                                       \
               : "+r"(rounds)                                                                                                   \
               :                                                                                                                \
               : "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16", \
                 "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v30", "v31")

// xor, count per byte, add neighbouring bytes to 16-bit sums.
#define ONEBIT_CHAIN(sum, bits)           \
  "eor v" bits ".16b, v30.16b, v31.16b\n" \
  "cnt v" bits ".16b, v" bits ".16b\n"    \
  "uadalp v" sum ".8h, v" bits ".16b\n"
void xor_popcount(int64_t rounds) {
  ONEBIT_LOOP(ONEBIT_CHAIN("0", "8") ONEBIT_CHAIN("1", "9") ONEBIT_CHAIN("2", "10") ONEBIT_CHAIN("3", "11") ONEBIT_CHAIN("4", "12")
                  ONEBIT_CHAIN("5", "13") ONEBIT_CHAIN("6", "14") ONEBIT_CHAIN("7", "15"));
}
#undef ONEBIT_CHAIN

#define ONEBIT_CHAIN(sum) "fmla v" sum ".4s, v30.4s, v31.4s\n"
#define ONEBIT_6(a, b, c, d, e, f) \
  ONEBIT_CHAIN(a) ONEBIT_CHAIN(b) ONEBIT_CHAIN(c) ONEBIT_CHAIN(d) ONEBIT_CHAIN(e) ONEBIT_CHAIN(f)
void multiply_add(int64_t rounds) {
  ONEBIT_LOOP(ONEBIT_6("0", "1", "2", "3", "4", "5") ONEBIT_6("6", "7", "8", "9", "10", "11")
                  ONEBIT_6("12", "13", "14", "15", "16", "17") ONEBIT_6("18", "19", "20", "21", "22", "23"));
}
#undef ONEBIT_6
#undef ONEBIT_CHAIN
#undef ONEBIT_LOOP

constexpr Peak kPeaks[] = {
    {"xor-popcount", KernelSet::kNeon, 8 * 128 * 2, xor_popcount},
    {"fp32-fma", KernelSet::kNeon, 24 * 4 * 2, multiply_add},
};

}  // namespace

PeakList peaks_neon() { return {kPeaks, sizeof kPeaks / sizeof *kPeaks}; }

}  // namespace onebit
#else
namespace onebit {
PeakList peaks_neon() { return {nullptr, 0}; }
}  // namespace onebit
#endif
