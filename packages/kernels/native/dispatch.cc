#include "dispatch.h"

#include <atomic>

namespace onebit {
namespace {

std::atomic<int> active{-1};

}  // namespace

const char* kernel_set_name(KernelSet set) {
  static const char* const kNames[kKernelSetCount] = {"scalar", "neon", "avx2", "avx512", "avx512-vpopcnt"};
  return kNames[static_cast<int>(set)];
}

// __builtin_cpu_supports includes the check that the operating system saves the wide registers (XGETBV).
bool supported(KernelSet set) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("popcnt");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  switch (set) {
    case KernelSet::kScalar:
      return true;
    case KernelSet::kNeon:
      return false;
    case KernelSet::kAvx2:
      return avx2;
    case KernelSet::kAvx512:
      return avx512;
    case KernelSet::kAvx512Popcnt:
      return avx512 && __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("avx512vbmi") &&
             __builtin_cpu_supports("avx512vnni");
  }
#elif defined(__aarch64__)
  if (set == KernelSet::kNeon) return true;  // part of the base architecture
#endif
  return set == KernelSet::kScalar;
}

bool has_avx512_bf16() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return supported(KernelSet::kAvx512) && __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

KernelSet kernel_set() {
  int set = active.load(std::memory_order_relaxed);
  if (set < 0) {
    set = kKernelSetCount - 1;
    while (!supported(static_cast<KernelSet>(set))) set--;
    active.store(set, std::memory_order_relaxed);
  }
  return static_cast<KernelSet>(set);
}

void set_kernel_set(KernelSet set) { active.store(static_cast<int>(set), std::memory_order_relaxed); }

}  // namespace onebit
