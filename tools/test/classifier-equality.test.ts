import { type Backbone, imageClassifier, resnet18, vgg16 } from '@onebit/backbones';
import { Random } from '@onebit/common';
import { loadNative } from '@onebit/kernels';
import type { ModuleBuilder } from '@onebit/nn';
import { softmaxCrossEntropy, tf, valueAndGradients } from '@onebit/ops';
import { type BackendName, probeBackends, selectBackend, setGradientPrecision } from '@onebit/tfjs-backend-native';
import { afterEach, describe, expect, test } from 'vitest';
import { bf16Operands, expectEqualSteps, float32Sums, type StepResult, wasmSums } from './support/equality.js';
import { hasNative } from './support/runs.js';

const native = hasNative();
const gpu = (await probeBackends()).find(({ name }) => name === 'webgpu')!.found;

const backbones = {
  resnet18: (builder: ModuleBuilder): Backbone => resnet18({ builder, width: 0.125, stem: 'small' }),
  vgg16: (builder: ModuleBuilder): Backbone => vgg16({ builder, width: 0.0625 }),
};
type Family = keyof typeof backbones;
/** Sides of the pictures: at 32 pixels the last map of VGG has 2 x 2 cells, and its dilated convolution sees nothing but one of them. */
const sides = { resnet18: 32, vgg16: 64 } as const;

/** One step of a classifier of three classes on noise, with everything read as a GPU has to be read. */
async function oneStep(
  backend: BackendName,
  family: Family,
  plan: string,
  size: number = sides[family],
): Promise<StepResult> {
  await selectBackend(backend);
  const model = imageClassifier({ classes: 3, plan, seed: 1, backbone: backbones[family] });
  const random = new Random(5);
  const shape: [number, number, number, number] = [2, size, size, 3];
  const images = tf.tensor4d(
    Float32Array.from({ length: 2 * size * size * 3 }, () => random.normal()),
    shape,
  );
  const labels = tf.tensor1d([2, 0], 'int32');
  const parameters = model.namedParameters();
  const { value, gradients } = valueAndGradients(
    () => tf.mean(softmaxCrossEntropy(model.forward(images, { training: true }), labels)) as tf.Scalar,
    parameters.map(([, { variable }]) => variable),
  );
  const read = async (named: readonly (readonly [string, tf.Tensor])[]) =>
    new Map(await Promise.all(named.map(async ([name, tensor]) => [name, (await tensor.data()).slice()] as const)));
  const result = {
    total: (await value.data())[0],
    terms: {},
    gradients: await read(parameters.map(([name, { variable }]) => [name, gradients.get(variable)!])),
    buffers: await read(model.namedBuffers()),
  };
  tf.dispose([value, images, labels, ...gradients.values()]);
  model.dispose();
  return result;
}

const cases: readonly (readonly [Family, string])[] = [
  ['resnet18', 'float'],
  ['resnet18', 'bireal'],
  ['resnet18', 'bidet'],
  ['vgg16', 'float'],
  ['vgg16', 'bidet'],
];

describe('a training step of a classifier equals one on tfjs’ cpu', () => {
  test.each(cases)('%s, %s', { timeout: 60_000 }, async (family, plan) => {
    const expected = await oneStep('cpu', family, plan);
    for (const backend of native ? (['native', 'wasm'] as const) : (['wasm'] as const)) {
      expectEqualSteps(await oneStep(backend, family, plan), expected, backend === 'native' ? float32Sums : wasmSums);
    }
  });

  // A software adapter takes seconds for a step, so one family stands for all: every kind of layer is in it.
  test.skipIf(!gpu)('on WebGPU', { timeout: 120_000 }, async () => {
    const expected = await oneStep('cpu', 'resnet18', 'bireal', 16);
    expectEqualSteps(await oneStep('webgpu', 'resnet18', 'bireal', 16), expected, float32Sums);
  });
});

describe.skipIf(!native || !loadNative().bf16Gradients())('with bf16 gradients the step is near that with fp32', () => {
  afterEach(() => setGradientPrecision('fp32'));

  test.each(cases.filter(([, plan]) => plan !== 'float'))('%s, %s', async (family, plan) => {
    const expected = await oneStep('native', family, plan);
    setGradientPrecision('bf16');
    const actual = await oneStep('native', family, plan);
    expect(actual.gradients).not.toEqual(expected.gradients);
    expectEqualSteps(actual, expected, bf16Operands);
  });
});
