import { OnebitError, unknownName } from '@onebit/common';
import { type GradientPrecision, loadNative } from '@onebit/kernels';

/** What {@link setGradientPrecision} takes. */
export const gradientPrecisions = ['fp32', 'bf16'] as const satisfies readonly GradientPrecision[];
let current: GradientPrecision = 'fp32';

/**
 * Sets for the whole process what the native back end rounds the operands of the gradients of binary convolutions to; sums are float32 in either case.
 * The default is `fp32`. `bf16` keeps 8 bits of each upstream gradient.
 * @throws OnebitError ERR_BACKEND where the CPU or the kernel set cannot do `bf16`; ERR_UNKNOWN_NAME
 */
export function setGradientPrecision(precision: GradientPrecision): void {
  if (!gradientPrecisions.includes(precision)) throw unknownName('setGradientPrecision', precision, gradientPrecisions);
  if (precision === 'bf16' && !loadNative().bf16Gradients()) {
    throw new OnebitError(
      'ERR_BACKEND',
      `setGradientPrecision: bf16 needs a CPU and a kernel set with AVX512-BF16, got ${loadNative().kernelSet}; use fp32`,
    );
  }
  current = precision;
}

/** What {@link setGradientPrecision} set last. */
export function gradientPrecision(): GradientPrecision {
  return current;
}
