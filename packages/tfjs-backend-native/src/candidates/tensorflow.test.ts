import { registerGradients, tf } from '@onebit/ops';
import { afterEach, describe, expect, test } from 'vitest';
import { javascriptCandidate } from './javascript.js';
import { tensorflowCandidate } from './tensorflow.js';

const missing = (module: string) =>
  Object.assign(new Error(`Cannot find package '${module}' imported from x.js`), { code: 'ERR_MODULE_NOT_FOUND' });

/** As the real package does: it registers the back end `tensorflow` while it is loaded. Computes with TensorFlow.js' own JavaScript. */
async function loadFake(): Promise<void> {
  await javascriptCandidate.start();
  tf.registerBackend('tensorflow', tf.engine().registryFactory.cpu.factory, 10);
  tf.copyRegisteredKernels('cpu', 'tensorflow');
}

afterEach(() => {
  if (tf.engine().registryFactory.tensorflow !== undefined) tf.removeBackend('tensorflow');
});

describe('tensorflow, with the package replaced', () => {
  test('the one with CUDA comes first; the other is taken where only that is installed', async () => {
    const asked: string[] = [];
    const candidate = tensorflowCandidate(async (module) => {
      asked.push(module);
      if (module.endsWith('-gpu')) throw missing(module);
      await loadFake();
    });
    expect(await candidate.find()).toEqual({ detail: '@tensorflow/tfjs-node' });
    expect(asked).toEqual(['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']);
    await candidate.start();
    expect(await tf.setBackend('tensorflow')).toBe(true);
    registerGradients();
    expect(
      tf
        .grad((x) => tf.square(x))(tf.tensor1d([3]))
        .dataSync()[0],
    ).toBe(6);
  });

  test('one that registers with another copy of tfjs-core names the version to install', async () => {
    const find = tensorflowCandidate(async () => {}).find();
    await expect(find).rejects.toThrow(`another copy of @tensorflow/tfjs-core; install version ${tf.version_core}`);
  });

  test('not installed, and installed but broken, are told apart', async () => {
    const candidate = tensorflowCandidate(async (module) => {
      if (module.endsWith('-gpu')) throw missing(module);
      throw missing('@mapbox/node-pre-gyp');
    });
    await expect(candidate.find()).rejects.toThrow(
      /^@tensorflow\/tfjs-node-gpu is not installed; @tensorflow\/tfjs-node: Error: Cannot find package '@mapbox/,
    );
  });
});
