import { Random } from '@onebit/common';
import { nativeReport } from '@onebit/kernels';
import { registerGradients } from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { NativeBackend } from './backend.js';
import { lastCall } from './kernel.js';
import { registerNativeBackend } from './register.js';
import { probeBackends } from './select-backend.js';

/** Whether tests of the native back end can run here; `ONEBIT_REQUIRE=native` makes its absence a failure. */
export function nativeAvailable(): boolean {
  const { available, tried } = nativeReport();
  const required = (process.env.ONEBIT_REQUIRE ?? '').split(',').includes('native');
  if (!available && required) throw new Error(`ONEBIT_REQUIRE=native, but: ${tried.join('; ')}`);
  return available;
}

/** Whether tests on WebGPU can run here, on whatever adapter; `ONEBIT_REQUIRE=webgpu` makes its absence a failure. */
export async function gpuAvailable(): Promise<boolean> {
  const probe = (await probeBackends()).find(({ name }) => name === 'webgpu')!;
  const required = (process.env.ONEBIT_REQUIRE ?? '').split(',').includes('webgpu');
  if (!probe.found && required) throw new Error(`ONEBIT_REQUIRE=webgpu, but: ${probe.detail}`);
  return probe.found;
}

/** Registers the back end and the gradients, with recycled arrays full of NaN so that stale reads show. */
export async function startNative(): Promise<NativeBackend> {
  registerNativeBackend();
  registerGradients();
  await tf.setBackend('native');
  const backend = tf.backend() as NativeBackend;
  backend.pool.poison = true;
  return backend;
}

/** A tensor to be made on either back end. */
export interface Given {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly values: number[];
}

/** Seeded numbers in [low, high): multiples of 1/16, so that equal values and exact zeros occur; whole numbers for int32, 0 or 1 for bool. */
export function given(
  shape: readonly number[],
  seed: number,
  { dtype = 'float32', low = -2, high = 2 }: { dtype?: Given['dtype']; low?: number; high?: number } = {},
): Given {
  const rng = new Random(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  const draw = () => {
    if (dtype === 'bool') return rng.int(2);
    if (dtype === 'int32') return Math.floor(rng.uniform(low * 4, high * 4));
    return Math.floor(rng.uniform(low * 16, high * 16)) / 16;
  };
  return { shape, dtype, values: Array.from({ length: size }, draw) };
}

type Result = {
  readonly dtype: string;
  readonly shape: number[];
  readonly values: number[];
};

type Function_ = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

function evaluate(f: Function_, inputs: readonly Given[], differentiate: boolean): Result[] {
  const before = tf.memory().numTensors;
  const results: Result[] = [];
  tf.tidy(() => {
    const tensors = inputs.map(({ values, shape, dtype }) => tf.tensor(values, shape as number[], dtype));
    const outputs = [f(...tensors)].flat();
    results.push(...outputs.map(read));
    if (!differentiate) return;
    const loss = (...xs: tf.Tensor[]) => {
      const parts = [f(...xs)].flat().map((y, i) => {
        const { values } = given(y.shape, 1000 + i);
        return tf.sum(tf.mul(y, tf.tensor(values, y.shape)));
      });
      return tf.addN(parts) as tf.Scalar;
    };
    results.push(...tf.grads(loss)(tensors).map(read));
  });
  expect(tf.memory().numTensors).toBe(before);
  return results;
}

function read(tensor: tf.Tensor): Result {
  return { dtype: tensor.dtype, shape: tensor.shape, values: [...tensor.dataSync()] };
}

/** How {@link compareBackends} compares. */
export interface Comparison {
  /** Allowed difference, relative to the largest value of the tensor. Default 1e-5: sums in another order. */
  readonly tolerance?: number;
  /** Default true: gradients of all inputs too. */
  readonly gradients?: boolean;
  /** Default true: the last kernel of the forward pass must not have fallen back to JavaScript. */
  readonly native?: boolean;
}

/** Runs `f` on `cpu` and on `native`; results must have equal types and shapes and agree in every value, and nothing may leak. */
export function compareBackends(
  f: Function_,
  inputs: readonly Given[],
  { tolerance = 1e-5, gradients = true, native = true }: Comparison = {},
): void {
  tf.setBackend('cpu');
  const expected = evaluate(f, inputs, gradients);
  tf.setBackend('native');
  lastCall.native = false;
  tf.tidy(() => {
    f(...inputs.map(({ values, shape, dtype }) => tf.tensor(values, shape as number[], dtype)));
  });
  if (native) expect(lastCall.native, 'ran natively').toBe(true);
  const actual = evaluate(f, inputs, gradients);
  for (const [i, want] of expected.entries()) {
    expect({ dtype: actual[i].dtype, shape: actual[i].shape }).toEqual({ dtype: want.dtype, shape: want.shape });
    const largest = Math.max(1, ...want.values.filter(Number.isFinite).map(Math.abs));
    for (const [j, value] of want.values.entries()) {
      const got = actual[i].values[j];
      const agrees = Object.is(got, value) || got === value || Math.abs(got - value) <= tolerance * largest;
      if (!agrees) throw new Error(`output ${i} [${want.shape}], element ${j}: native ${got}, cpu ${value}`);
    }
  }
}
