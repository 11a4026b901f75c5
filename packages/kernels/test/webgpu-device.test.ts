import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { GpuContext } from '../src/webgpu/device.js';
import { createWebGpuKernels } from '../src/webgpu/kernels.js';
import { openNodeDevice } from '../src/webgpu/node.js';
import { normals } from './arbitraries.js';
import { onGpuDevice } from './gpu-device.js';

await onGpuDevice('WebGPU devices and buffers', (kernels) => {
  test('work beyond the largest grid of workgroups is done all the same', async () => {
    const [most, size] = [kernels().device.limits.maxComputeWorkgroupsPerDimension, 64];
    const x = new Float32Array(most * size + 5);
    await kernels().arrays.unpackBits(new Int32Array(x.length).fill(1), x, 1, 'pm1');
    expect(x.every((v) => v === -1)).toBe(true);
    const y = new Int32Array(4 * most + 5);
    await kernels().arrays.binaryMatMul(Int32Array.of(1), new Int32Array(y.length).fill(1), y, 1, 'pm1');
    expect(y.every((v) => v === 1)).toBe(true);
  });

  test('tensors stay on the GPU between calls, and calls need not wait for one another', async () => {
    const gpu = kernels();
    const x = normals(6 * 40, 1);
    const [onGpu, words, back] = [await gpu.upload(x), await gpu.allocate(6 * 2 * 4), await gpu.allocate(6 * 40 * 4)];
    await Promise.all([gpu.packBits(onGpu, words, 40, 'pm1'), gpu.unpackBits(words, back, 40, 'pm1')]);
    expect(await gpu.download(back, new Float32Array(6 * 40))).toEqual(x.map((v) => (v >= 0 ? 1 : -1)));
  });

  test('arguments that do not fit are typed errors before anything is sent', async () => {
    const gpu = kernels();
    const short = await gpu.allocate(4);
    await expect(gpu.packBits(short, short, 64, 'pm1')).rejects.toThrow(
      /packBits: x must have a length divisible by 64/,
    );
    const x = await gpu.allocate(256);
    await expect(gpu.packBits(x, short, 64, 'pm1')).rejects.toThrow(/words must be a buffer of 8 bytes, got 4/);
    await expect(gpu.packBits(x, new Int32Array(2) as never, 64, 'pm1')).rejects.toThrow(/words must be a GPUBuffer/);
    await expect(gpu.download(x, new Int32Array(3))).rejects.toThrow(/into must have 256 bytes, got 12/);
    const { arrays } = gpu;
    await expect(arrays.unpackBits(new Int32Array(1), new Float32Array(4), 5, 'pm1')).rejects.toMatchObject({
      code: 'ERR_SHAPE',
    });
  });

  test('what the device rejects is a typed error: limits, aliased buffers, destroyed buffers', async () => {
    const gpu = kernels();
    const limit = gpu.device.limits.maxStorageBufferBindingSize;
    await expect(gpu.allocate(limit + 4)).rejects.toThrow(
      new RegExp(`at most ${limit} bytes \\(the device's max\\w+\\), got ${limit + 4}`),
    );
    const buffer = await gpu.allocate(4);
    await expect(gpu.unpackBits(buffer, buffer, 1, 'pm1')).rejects.toMatchObject({ code: 'ERR_BACKEND' });
    const gone = await gpu.allocate(4);
    gone.destroy();
    await expect(gpu.unpackBits(gone, buffer, 1, 'pm1')).rejects.toMatchObject({ code: 'ERR_BACKEND' });
    await expect(gpu.download(gone, new Int32Array(1))).rejects.toMatchObject({ code: 'ERR_BACKEND' });
  });

  test('a shader that does not compile is a typed error that says where', async () => {
    const context = new GpuContext(kernels().device);
    const held = await kernels().allocate(4);
    const run = (body: string) => {
      const output = { held, element: 'i32' } as const;
      return context.run({ where: 'broken', body, uniforms: { int: {} }, inputs: [], output, columns: 1, rows: 1 });
    };
    for (let i = 0; i < 2; i++) {
      await expect(run('fn item(c: i32, r: i32) { result[c] = 1.5; }')).rejects.toMatchObject({
        code: 'ERR_BACKEND',
        message: expect.stringMatching(/^broken: the GPU must accept the operation: .*WGSL.*\d+:\d+/s),
      });
    }
    await run('fn item(c: i32, r: i32) { result[c] = 9; }');
    expect([...(await kernels().download(held, new Int32Array(1)))]).toEqual([9]);
  });

  test('a lost device is a typed error', async () => {
    const lost = await openNodeDevice();
    const { arrays } = createWebGpuKernels(lost);
    const pack = () => arrays.packBits(Float32Array.of(-1), new Int32Array(1), 1, 'pm1');
    await pack();
    lost.destroy();
    await expect(pack()).rejects.toMatchObject({
      code: 'ERR_BACKEND',
      message: expect.stringContaining('the GPU device must not be lost, it was (destroyed'),
    });
  });

  test('a process that used the GPU and closed nothing ends by itself', async () => {
    const folder = fileURLToPath(new URL('..', import.meta.url));
    if (!existsSync(join(folder, 'dist/webgpu/index.js')))
      throw new Error('packages/kernels is not built: run tsc -b first');
    const program = `
      import { createWebGpuKernels } from '@onebit/kernels/webgpu';
      import { openNodeDevice } from '@onebit/kernels/webgpu/node';
      const words = new Int32Array(1);
      await createWebGpuKernels(await openNodeDevice()).arrays.packBits(Float32Array.of(1, -1, -1), words, 3, 'pm1');
      console.log(words[0]);`;
    const node = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { cwd: folder });
    expect((await node).stdout).toBe('6\n');
  });
});
