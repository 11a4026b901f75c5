import { Random } from '@onebit/common';
import type { Ssd } from '@onebit/detection';
import { loadNative } from '@onebit/kernels';
import { asReading, type Reading, read, runReadingSync, tf, valueAndGradientsAsync } from '@onebit/ops';
import { type NativeBackend, probeBackends, selectBackend, setGradientPrecision } from '@onebit/tfjs-backend-native';
import { afterEach, describe, expect, test } from 'vitest';
import { buildDetector } from '../src/detector/build.js';
import { type DetectorBatch, detectorLoss } from '../src/detector/task.js';
import type { DetectionRecipe } from '../src/recipes/detection.js';
import { loadDetectionRecipe, type Override } from '../src/recipes/load.js';
import {
  bf16Operands,
  expectEqualSteps,
  expectSameSteps,
  float32Sums,
  type StepResult,
  wasmSums,
} from './support/equality.js';
import { hasNative } from './support/runs.js';

const native = hasNative();
const classes = ['circle', 'square', 'triangle'];

/** Pictures of noise with objects of every size, so that each head has something to learn. */
function batchOf(recipe: DetectionRecipe): DetectorBatch {
  const random = new Random(5);
  const { imageSize: size } = recipe.model;
  const batch = 2;
  const targets = [
    { boxes: [0.1, 0.1, 0.25, 0.22, 0.4, 0.5, 0.7, 0.8, 0.35, 0.3, 0.95, 0.95], labels: [0, 2, 1] },
    { boxes: [0.05, 0.1, 0.95, 0.9, 0.5, 0.1, 0.62, 0.24, 0.0, 0.0, 0.48, 0.5], labels: [1, 0, 2] },
  ].map(({ boxes, labels }) => ({
    boxes: Float32Array.from(boxes),
    labels: Int32Array.from(labels),
    difficult: new Uint8Array(labels.length),
  }));
  return {
    images: Float32Array.from({ length: batch * size * size * 3 }, () => random.normal()),
    shape: [batch, size, size, 3],
    targets,
    ids: ['a', 'b'],
    sizes: targets.map(() => [size, size] as const),
    step: 0,
    epoch: 0,
  };
}

type Differentiate = typeof valueAndGradientsAsync<tf.Variable>;

/** The same by TensorFlow.js's own backward pass. */
const variableGrads: Differentiate = async (loss, variables) => {
  const { value, grads } = tf.variableGrads(() => runReadingSync(asReading(loss())), [...variables]);
  return { value, gradients: new Map(variables.map((variable) => [variable, grads[variable.name]])) };
};

/** One training step's loss, its terms and all gradients on the current back end, from the weights of the recipe's seed. */
async function oneStep(
  recipe: DetectionRecipe,
  differentiate: Differentiate = valueAndGradientsAsync,
): Promise<StepResult> {
  const model: Ssd = buildDetector(recipe, classes);
  const lossOf = detectorLoss(model, recipe);
  const { steps: step, recompute } = recipe.train;
  const context = { training: true, random: new Random(9), step, progress: 1, recompute } as const;
  const parameters = model.namedParameters();
  const terms: Record<string, number> = {};
  function* total(): Reading<tf.Scalar> {
    const loss = yield* lossOf(batchOf(recipe), context);
    for (const [name, term] of Object.entries(loss.terms)) terms[name] = (yield* read(term))[0];
    return loss.total;
  }
  const variables = parameters.map(([, { variable }]) => variable);
  const { value, gradients: all } = await differentiate(total, variables);
  const gradients = await valuesOf(parameters.map(([name, { variable }]) => [name, all.get(variable)!]));
  const buffers = await valuesOf(model.namedBuffers()); // running statistics are part of the step, too
  const [loss] = await value.data();
  tf.dispose([value, ...all.values()]);
  model.dispose();
  return { total: loss, terms, gradients, buffers };
}

async function valuesOf(tensors: readonly (readonly [string, tf.Tensor])[]): Promise<StepResult['gradients']> {
  const copies = tensors.map(async ([name, tensor]) => [name, (await tensor.data()).slice()] as const);
  return new Map(await Promise.all(copies));
}

/**
 * Methods with shortcuts. XNOR-Net and BNN put the sign right behind the normalisation of a sum of +-1 products, where values that equal the batch's mean are 0 up
 * to rounding: there any two back ends differ now and then, and no tolerance says by how much.
 */
const cases: readonly (readonly [string, string, readonly Override[]])[] = [
  ['binary, with BiDet’s terms and sampled boxes', 'demo-binary', [['model.bottleneck.sampleScale', 0.1]]],
  ['Bi-Real Net', 'ssd300-resnet18-bireal', []],
  ['float', 'demo-float', []],
];

const small: readonly Override[] = [
  ['model.width', 0.125],
  ['model.imageSize', 64],
];

describe('a training step of a detector equals one on tfjs’ cpu', () => {
  test.each(cases)('%s', async (_, name, changes) => {
    const recipe = await loadDetectionRecipe(name, [...small, ...changes]);
    await selectBackend('cpu');
    const expected = await oneStep(recipe);
    expect(expected.gradients.size).toBeGreaterThan(60);
    for (const backend of native ? (['native', 'wasm'] as const) : (['wasm'] as const)) {
      await selectBackend(backend);
      expectEqualSteps(await oneStep(recipe), expected, backend === 'native' ? float32Sums : wasmSums);
    }
  });
});

const gpu = (await probeBackends()).find(({ name }) => name === 'webgpu')!.found;

// A software adapter takes seconds for a step, so one recipe stands for all: every term of the loss is in it.
test.skipIf(!gpu)('a training step of a detector on WebGPU equals one on tfjs’ cpu', { timeout: 120_000 }, async () => {
  const recipe = await loadDetectionRecipe('demo-binary', [...small, ['model.bottleneck.sampleScale', 0.1]]);
  await selectBackend('cpu');
  const expected = await oneStep(recipe);
  await selectBackend('webgpu');
  expectEqualSteps(await oneStep(recipe), expected, float32Sums);
});

describe.skipIf(!native || !loadNative().bf16Gradients())('with bf16 gradients', () => {
  afterEach(() => setGradientPrecision('fp32'));

  test('the step of a binary detector is near that with fp32', async () => {
    const recipe = await loadDetectionRecipe('demo-binary', small);
    await selectBackend('native');
    const expected = await oneStep(recipe);
    setGradientPrecision('bf16');
    expectEqualSteps(await oneStep(recipe), expected, bf16Operands);
  });
});

describe.skipIf(!native)('a training step of a detector equals one by tf.variableGrads to the bit', () => {
  test.each(['cpu', 'native'] as const)('on %s', async (backend) => {
    await selectBackend(backend);
    for (const name of backend === 'cpu' ? ['demo-binary'] : ['demo-binary', 'demo-float']) {
      const recipe = await loadDetectionRecipe(name, small);
      expectSameSteps(await oneStep(recipe), await oneStep(recipe, variableGrads));
    }
  });
});

describe.skipIf(!native)('a training step that recomputes its blocks', () => {
  test.each(['demo-binary', 'demo-float'])(
    '%s: the same numbers and running statistics to the bit, in less memory',
    async (name) => {
      await selectBackend('native');
      const { pool } = tf.backend() as NativeBackend;
      const measured = async (recompute: boolean) => {
        // Large enough that activations, not gradients of weights, make the peak.
        const changes = [...small, ['model.imageSize', 128], ['train.recompute', recompute]] as const;
        const recipe = await loadDetectionRecipe(name, changes);
        pool.resetPeak();
        return { step: await oneStep(recipe), peak: pool.use.peakBytes };
      };
      const [kept, recomputed] = [await measured(false), await measured(true)];
      expectSameSteps(recomputed.step, kept.step);
      expect(recomputed.peak).toBeLessThan(kept.peak);
    },
  );
});
