import { expect } from 'vitest';

type Values = Uint8Array | Int32Array | Float32Array;
type Named = ReadonlyMap<string, Values>;

/** All that one training step computes. */
export interface StepResult {
  readonly total: number;
  /** Parts of the loss by name. */
  readonly terms: Readonly<Record<string, number>>;
  /** By parameter. */
  readonly gradients: Named;
  /** Running statistics after the step. */
  readonly buffers: Named;
}

/** How far a step may be from the reference. */
export interface StepTolerance {
  /** Of the loss and its terms, relative. */
  readonly loss: number;
  /** Largest difference of a gradient, relative to the largest value of its tensor. */
  readonly gradients: number;
}

/**
 * Both back ends add up thousands of float32 products in different orders through some 20 layers, and batch normalisation of the two values of a 1 x 1 map magnifies what
 * they differ by; native: measured up to 5.3e-5, with the kernel sets scalar, avx2 and avx512.
 */
export const float32Sums: StepTolerance = { loss: 1e-5, gradients: 2e-4 };

/** The same on wasm, whose convolutions add up one product after the other: measured up to 2.4e-4. */
export const wasmSums: StepTolerance = { loss: 1e-5, gradients: 6e-4 };

/**
 * Against fp32 on the same kernels: each upstream gradient keeps 8 bits where it enters the gradients of a binary convolution, some 20 layers in a row; measured up to 1.1e-2.
 * The forward pass is the same.
 */
export const bf16Operands: StepTolerance = { loss: 1e-7, gradients: 4e-2 };

/** Expects the step of a back end to be that of the reference, and every parameter to be trained. */
export function expectEqualSteps(actual: StepResult, expected: StepResult, tolerance: StepTolerance): void {
  expect(Math.abs(actual.total / expected.total - 1)).toBeLessThan(tolerance.loss);
  expect(Object.keys(actual.terms)).toEqual(Object.keys(expected.terms));
  for (const [term, value] of Object.entries(expected.terms)) {
    expect(value, term).not.toBe(0);
    expect(Math.abs(actual.terms[term] / value - 1), term).toBeLessThan(tolerance.loss);
  }
  for (const [parameter, gradient] of expected.gradients) {
    const isTrained = gradient.some((value) => value !== 0);
    expect(isTrained, `${parameter} is trained`).toBe(true);
  }
  const errors = gradientErrors(actual, expected);
  for (const [buffer, values] of expected.buffers) {
    // Means of sums that cancel are 0 up to rounding; what counts is their size beside the deviation.
    const variance = expected.buffers.get(buffer.replace(/mean$/, 'variance'))!;
    const scale = buffer.endsWith('mean') ? Math.sqrt(largest(variance)) : largest(values);
    // Statistics belong to the forward pass, which is the same in every precision of gradients.
    const error = relativeError(actual.buffers.get(buffer)!, values, scale);
    expect(error, buffer).toBeLessThan(float32Sums.gradients);
  }
  expect(errors.filter(([, error]) => !(error <= tolerance.gradients))).toEqual([]);
}

/** Expects two steps to be equal to the bit. Tensors are compared as bytes: the equality of the test runner takes microseconds for each of their numbers. */
export function expectSameSteps(actual: StepResult, expected: StepResult): void {
  expect([actual.total, actual.terms]).toEqual([expected.total, expected.terms]);
  for (const group of ['gradients', 'buffers'] as const) {
    expect([...actual[group].keys()]).toEqual([...expected[group].keys()]);
    const differing = [...expected[group]].filter(
      ([name, values]) => !bytes(actual[group].get(name)!).equals(bytes(values)),
    );
    expect(
      differing.map(([name]) => name),
      group,
    ).toEqual([]);
  }
}

const bytes = ({ buffer, byteOffset, byteLength }: Values) => Buffer.from(buffer, byteOffset, byteLength);

/** Gradients this small beside the step's largest are 0 up to rounding, such as that of a bias in front of a normalisation. */
const vanishing = 1e-5;

/** By parameter, the largest difference relative to the largest value; where a gradient vanishes, relative to the largest of the step. */
function gradientErrors(actual: StepResult, expected: StepResult): [parameter: string, error: number][] {
  const sizes = [...expected.gradients.values()].map(largest);
  const ofStep = Math.max(...sizes);
  return [...expected.gradients].map(([parameter, gradient], i) => {
    const scale = sizes[i] < vanishing * ofStep ? ofStep : sizes[i];
    return [parameter, relativeError(actual.gradients.get(parameter)!, gradient, scale)];
  });
}

function largest(values: Values): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

function relativeError(actual: Values, expected: Values, scale: number): number {
  let worst = 0;
  for (const [i, value] of expected.entries()) worst = Math.max(worst, Math.abs(value - actual[i]));
  return worst === 0 ? 0 : worst / scale;
}
