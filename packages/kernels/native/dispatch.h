#pragma once
// Kernel sets: which instructions the kernels may use. All are compiled into one binary; one is chosen at load time.

namespace onebit {

enum class KernelSet { kScalar = 0, kAvx2 = 1, kAvx512 = 2 };
constexpr int kKernelSetCount = 3;

/// "scalar", "avx2" (with FMA and POPCNT), "avx512" (F, BW, VL, DQ).
const char* kernel_set_name(KernelSet set);
/// Asks the CPU and the operating system, never the compiler.
bool supported(KernelSet set);
/// AVX-512 VPOPCNTDQ, an addition some AVX-512 CPUs lack.
bool has_vpopcntdq();

/// The set in use; the best supported one until set_kernel_set is called.
KernelSet kernel_set();
void set_kernel_set(KernelSet set);

}  // namespace onebit
