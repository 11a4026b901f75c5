#include "dispatch.h"

#include <atomic>

namespace onebit {
namespace {

std::atomic<int> active{-1};

}  // namespace

const char* kernel_set_name(KernelSet set) {
  static const char* const kNames[kKernelSetCount] = {"scalar", "avx2", "avx512"};
  return kNames[static_cast<int>(set)];
}

// __builtin_cpu_supports includes the check that the operating system saves the wide registers (XGETBV).
bool supported(KernelSet set) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("popcnt");
  switch (set) {
    case KernelSet::kScalar:
      return true;
    case KernelSet::kAvx2:
      return avx2;
    case KernelSet::kAvx512:
      return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  }
#endif
  return set == KernelSet::kScalar;
}

bool has_vpopcntdq() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512vpopcntdq");
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
