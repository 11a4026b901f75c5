import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors, type TensorData } from './safetensors.js';

const sample = (): [string, TensorData][] => [
  ['bytes', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) }],
  ['weights', { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, -0, Number.NaN, 4) }],
  ['ids', { dtype: 'I64', shape: [1], data: BigInt64Array.of(2n ** 60n) }],
  ['empty', { dtype: 'F64', shape: [0, 7], data: new Float64Array(0) }],
];

describe('safetensors', () => {
  test('what was written is read, bit for bit, metadata included', () => {
    const { tensors, metadata } = decodeSafetensors(encodeSafetensors(sample(), { step: '12' }), 'memory');
    expect(metadata).toEqual({ step: '12' });
    expect(tensors.size).toBe(4);
    for (const [name, tensor] of sample()) expect(tensors.get(name)).toEqual(tensor);
  });

  test('any cut of a file is refused with the place named', () => {
    const bytes = encodeSafetensors(sample());
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), (length) => {
        expect(() => decodeSafetensors(bytes.slice(0, length), 'model.safetensors')).toThrow(/^model\.safetensors: /);
      }),
    );
  });

  test('offsets that do not fit the shape are refused', () => {
    const json = JSON.stringify({ w: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } });
    const bytes = new Uint8Array(8 + json.length + 8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
    bytes.set(new TextEncoder().encode(json), 8);
    expect(() => decodeSafetensors(bytes, 'f')).toThrow('tensor w: F32 [3] needs 12 bytes, offsets give 8');
  });
});
