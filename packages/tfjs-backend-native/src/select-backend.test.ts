import { tf } from '@onebit/ops';
import { describe, expect, test } from 'vitest';
import { nativeAvailable } from './conformance.js';
import { selectBackend } from './select-backend.js';

describe('selectBackend', () => {
  test.skipIf(!nativeAvailable())('auto: native here, with the reason why TensorFlow is not taken', async () => {
    const report = await selectBackend();
    expect(report.name).toBe('native');
    expect(report.skipped.map(({ name }) => name)).toEqual(['tensorflow']);
    expect(report.skipped[0].reason).toContain('not installed');
    expect(report.kernelSet).toMatch(/scalar|avx2|avx512/);
    expect(report.threads).toBeGreaterThan(0);
    expect(tf.getBackend()).toBe('native');
  });
  test('each by name, with gradients', async () => {
    for (const name of ['cpu', 'wasm'] as const) {
      expect((await selectBackend(name)).name).toBe(name);
      expect(tf.getBackend()).toBe(name);
      const dx = tf.grad((x) => tf.square(x))(tf.tensor1d([3]));
      expect(dx.dataSync()[0]).toBe(6);
    }
  });
  test('one that is not there is an error with the fix; an unknown name too', async () => {
    await expect(selectBackend('tensorflow')).rejects.toMatchObject({
      code: 'ERR_BACKEND',
      message: expect.stringContaining('@tensorflow/tfjs-node is not installed'),
    });
    await expect(selectBackend('gpu' as never)).rejects.toThrow('known: auto, tensorflow, native, wasm, cpu');
  });
});
