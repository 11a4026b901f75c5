import { softLevelsGradient, softLevelsOp } from '@onebit/ops';
import type { NativeBackend } from '../backend.js';
import { fused, type KernelInputs, type NativeKernel } from '../kernel.js';

/** The numbers of the interval; undefined where the kernels would refuse them, which the composition does not. */
function intervalOf(b: NativeBackend, { lower, upper, alpha }: KernelInputs): [number, number, number] | undefined {
  const [low, high, share] = [lower, upper, alpha].map((t) => b.values(t, 'float32')?.[0] ?? Number.NaN);
  return low < high && share > 0 && share < 1 ? [low, high, share] : undefined;
}

/** Two trained levels with the gradient of a tanh. */
export const softLevelsKernels: readonly NativeKernel[] = [
  fused(softLevelsOp, (b, inputs) => {
    const [x, interval] = [b.values(inputs.x, 'float32'), intervalOf(b, inputs)];
    if (x === undefined || interval === undefined) return undefined;
    const y = b.output(inputs.x.shape, 'float32');
    const [lower, upper] = interval;
    b.native.softLevels(x, lower, upper, y.values);
    return y.info;
  }),
  fused(softLevelsGradient, (b, inputs) => {
    const [x, dy, interval] = [b.values(inputs.x, 'float32'), b.values(inputs.dy, 'float32'), intervalOf(b, inputs)];
    if (x === undefined || dy === undefined || interval === undefined) return undefined;
    const dx = b.output(inputs.x.shape, 'float32');
    const gradients = new Float32Array(3);
    b.native.softLevelsGradient(x, ...interval, dy, dx.values, gradients);
    const numbers = [inputs.lower, inputs.upper, inputs.alpha].map(({ shape }, i) => {
      const output = b.output(shape, 'float32');
      output.values[0] = gradients[i];
      return output.info;
    });
    return [dx.info, ...numbers];
  }),
];
