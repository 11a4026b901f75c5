#include "peaks.h"

// The instructions every compiler target has, four lanes wide, as in the scalar kernels. The empty assembler statements keep the compiler from
// merging or deleting the steps: it must believe that each value may have changed.
namespace onebit {
namespace {

#if defined(__x86_64__)
#define ONEBIT_KEEP(value) asm volatile("" : "+x"(value))
#elif defined(__aarch64__)
#define ONEBIT_KEEP(value) asm volatile("" : "+w"(value))
#else
#define ONEBIT_KEEP(value) asm volatile("" : "+m"(value))
#endif

typedef uint32_t Bits __attribute__((vector_size(16)));
typedef float Floats __attribute__((vector_size(16)));

constexpr int kChains = 4;  // a chain needs three registers of sixteen

/// xor, counts per byte by sums of neighbouring fields, add.
void xor_popcount(int64_t rounds) {
  Bits sums[kChains] = {}, x = {1, 2, 3, 4}, weight = {77, 78, 79, 80};
  for (int64_t round = 0; round < rounds; round++) {
    for (Bits& sum : sums) {
      ONEBIT_KEEP(x);
      Bits bits = x ^ weight;
      bits -= (bits >> 1) & 0x55555555u;
      bits = (bits & 0x33333333u) + ((bits >> 2) & 0x33333333u);
      sum += (bits + (bits >> 4)) & 0x0f0f0f0fu;
      ONEBIT_KEEP(sum);
    }
  }
}

void multiply_add(int64_t rounds) {
  Floats sums[2 * kChains] = {}, x = {1, 2, 3, 4}, weight = {0.5f, 0.25f, 0.5f, 0.25f};
  for (int64_t round = 0; round < rounds; round++) {
    for (Floats& sum : sums) {
      ONEBIT_KEEP(x);
      sum += x * weight;
      ONEBIT_KEEP(sum);
    }
  }
}

constexpr Peak kPeaks[] = {
    {"xor-popcount", KernelSet::kScalar, kChains * 128 * 2.0, xor_popcount},
    {"fp32-fma", KernelSet::kScalar, 2 * kChains * 4 * 2.0, multiply_add},
};

}  // namespace

PeakList peaks_portable() { return {kPeaks, sizeof kPeaks / sizeof *kPeaks}; }

}  // namespace onebit
