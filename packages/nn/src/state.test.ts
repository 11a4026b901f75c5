import '@tensorflow/tfjs-backend-cpu';
import { decodeSafetensors, encodeSafetensors, type TensorData } from '@onebit/common';
import { tf } from '@onebit/ops';
import { describe, expect, test } from 'vitest';
import { BatchNorm } from './layers/batch-norm.js';
import { Conv2d } from './layers/conv2d.js';
import { Sequential } from './layers/sequential.js';
import { loadState, stateOf, structureFingerprint } from './state.js';

function model(seed: number, channels = 3, bias = true): Sequential {
  const conv = new Conv2d({ inChannels: 2, outChannels: channels, kernelSize: 1, bias }, { seed, path: 'conv' });
  return new Sequential({ conv, bn: new BatchNorm({ channels }) });
}

async function saved(source: Sequential): Promise<Map<string, TensorData>> {
  return decodeSafetensors(encodeSafetensors(await stateOf(source)), 'test').tensors;
}

describe('state', () => {
  test('a round trip through safetensors restores every bit, running statistics included', async () => {
    const [from, to] = [model(1), model(2)];
    tf.tidy(() => void from.forward(tf.randomNormal([2, 3, 3, 2], 0, 1, 'float32', 1), { training: true }));
    expect(loadState(to, await saved(from))).toEqual({ missing: [], unused: [], reshaped: [], mismatched: [] });
    expect(await stateOf(to)).toEqual(await stateOf(from));
    expect([...((await stateOf(to)).get('bn.variance')?.data ?? [])]).not.toEqual([1, 1, 1]);
  });

  test('a state is a copy, and loading copies', async () => {
    const source = model(1);
    const state = await stateOf(source);
    const before = Float32Array.from(state.get('conv.weight')?.data ?? []);
    source.namedParameters()[0][1].variable.assign(tf.zeros([1, 1, 2, 3]));
    expect(state.get('conv.weight')?.data).toEqual(before);
    loadState(source, state);
    state.get('conv.weight')?.data.fill(9);
    expect((await stateOf(source)).get('conv.weight')?.data).toEqual(before);
  });

  test('everything that does not fit is reported, strict loading names it and changes nothing', async () => {
    const to = model(2);
    const tensors = await saved(model(1, 3, false));
    const weight = tensors.get('conv.weight') as TensorData;
    tensors.set('conv.weight', { ...weight, shape: [6] } as TensorData);
    tensors.set('bn.gamma', { dtype: 'F32', shape: [2], data: new Float32Array(2) });
    tensors.set('bn.beta', { dtype: 'I32', shape: [3], data: new Int32Array(3) });
    tensors.set('fc.weight', { dtype: 'F32', shape: [1], data: new Float32Array(1) });
    const before = await stateOf(to);
    expect(() => loadState(to, tensors)).toThrow(
      /1 missing: conv.bias; 1 unused: fc.weight; 1 of another shape: conv.weight \(model \[1,1,2,3\], file \[6\]\); 2 of another size or type: bn.gamma .*, bn.beta/,
    );
    expect(await stateOf(to)).toEqual(before);
    expect(loadState(to, tensors, { strict: false })).toEqual({
      missing: ['conv.bias'],
      unused: ['fc.weight'],
      reshaped: [{ name: 'conv.weight', expected: [1, 1, 2, 3], found: [6] }],
      mismatched: [
        { name: 'bn.gamma', expected: [3], found: [2] },
        { name: 'bn.beta', expected: [3], found: [3] },
      ],
    });
    expect((await stateOf(to)).get('conv.weight')).toEqual({ ...weight, shape: [1, 1, 2, 3] });
    expect((await stateOf(to)).get('bn.gamma')).toEqual(before.get('bn.gamma'));
  });

  test('loading leaks nothing', async () => {
    const to = model(1);
    const tensors = await saved(to);
    const before = tf.memory().numTensors;
    loadState(to, tensors);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('the fingerprint depends on structure alone', () => {
    expect(structureFingerprint(model(1))).toMatch(/^[0-9a-f]{16}$/);
    expect(structureFingerprint(model(1))).toBe(structureFingerprint(model(2)));
    expect(structureFingerprint(model(1))).not.toBe(structureFingerprint(model(1, 4)));
    expect(structureFingerprint(model(1))).not.toBe(structureFingerprint(model(1, 3, false)));
  });
});
