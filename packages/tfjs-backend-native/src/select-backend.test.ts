import { tf } from '@onebit/ops';
import { describe, expect, test } from 'vitest';
import { backendNames } from './candidates/candidate.js';
import { gpuAvailable, nativeAvailable } from './conformance.js';
import { probeBackends, selectBackend } from './select-backend.js';

describe('selectBackend', () => {
  test.skipIf(!nativeAvailable())('auto: native here, with the reason why TensorFlow is not taken', async () => {
    const report = await selectBackend();
    expect(report.name).toBe('native');
    expect(report.detail).toMatch(/^\S+, \d+ threads?$/);
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
    await expect(selectBackend('gpu' as never)).rejects.toThrow('known: auto, tensorflow, native, webgpu, wasm, cpu');
  });
  test('probing names every back end and leaves the current one as it is', async () => {
    await selectBackend('wasm');
    const probes = await probeBackends();
    expect(probes.map(({ name }) => name)).toEqual([...backendNames]);
    expect(probes.find(({ name }) => name === 'tensorflow')).toMatchObject({ found: false });
    for (const { name, detail } of probes) expect(detail, name).not.toBe('');
    expect(tf.getBackend()).toBe('wasm');
  });
});

describe('selectBackend on WebGPU', async () => {
  const gpu = await gpuAvailable();

  test.skipIf(gpu)('without an adapter is an error with the fix', async () => {
    await expect(selectBackend('webgpu')).rejects.toMatchObject({
      code: 'ERR_BACKEND',
      message: expect.stringMatching(/VK_DRIVER_FILES|npm install/),
    });
  });

  test.skipIf(!gpu)(
    'by name: trains on bits, and a kernel that the device rejects is an error at the next read',
    async () => {
      expect((await selectBackend('webgpu')).detail).not.toBe('');
      expect(tf.getBackend()).toBe('webgpu');
      await selectBackend('webgpu'); // again does no harm
      expect(tf.getKernel('BinaryConv2DBits', 'webgpu')).toBeDefined();
      const dx = tf.grad((x) => tf.square(x))(tf.tensor1d([3]));
      expect((await dx.data())[0]).toBe(6);
      const { device } = tf.backend() as unknown as { device: GPUDevice };
      device.createShaderModule({ code: 'not WGSL' });
      await device.queue.onSubmittedWorkDone();
      await expect(tf.square(tf.tensor1d([2])).data()).rejects.toThrow('webgpu: a kernel failed');
    },
  );
});
