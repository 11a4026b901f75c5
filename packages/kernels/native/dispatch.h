#pragma once
// Kernel sets: which instructions the kernels may use. All are compiled into one binary; one is chosen at load time.

namespace onebit {

/// In order of preference on the machines that have them. An area without code of its own for a set uses the next lower one (portable for NEON).
enum class KernelSet { kScalar = 0, kNeon = 1, kAvx2 = 2, kAvx512 = 3, kAvx512Popcnt = 4 };
constexpr int kKernelSetCount = 5;

/// "scalar", "neon" (AArch64), "avx2" (with FMA and POPCNT), "avx512" (F, BW, VL, DQ), "avx512-vpopcnt" (and VPOPCNTDQ, VBMI, VNNI: Ice Lake, Zen 4).
const char* kernel_set_name(KernelSet set);
/// Asks the CPU and the operating system, never the compiler.
bool supported(KernelSet set);
/// AVX512-BF16, an addition to any of the AVX-512 sets.
bool has_avx512_bf16();

/// The set in use; the best supported one until set_kernel_set is called.
KernelSet kernel_set();
void set_kernel_set(KernelSet set);

}  // namespace onebit
