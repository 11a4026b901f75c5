import type { TensorData, TensorFile } from '@onebit/common';
import { registerGradients, runReadingSync, selectHardNegatives, tf } from '@onebit/ops';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from 'vitest';
import { compared, goldenFile, hasGolden } from '../../../test/golden.js';
import { centresToCorners, encodeBoxes, takeRows } from '../src/boxes/coding.js';
import { matchPriors } from '../src/boxes/matcher.js';
import { softmaxRows } from '../src/detect.js';
import { type BottleneckOptions, type SsdLossOptions, ssdLoss } from '../src/index.js';
import { SampledBoxes } from '../src/losses/box-sampling.js';
import { selectPriorGroups } from '../src/losses/object-prior.js';
import { matchBatch } from '../src/losses/targets.js';
import { expectClose, expectCloseToScale } from './close.js';

const kind = 'bidet/bidet_loss.safetensors';

describe.skipIf(!hasGolden(kind))(kind, () => {
  let file: TensorFile;
  let tensors = 0;
  const f32 = (name: string) => (file.tensors.get(name) as TensorData<'F32'>).data;
  const f64 = (name: string) => (file.tensors.get(name) as TensorData<'F64'>).data;
  const shape = (name: string) => file.tensors.get(name)!.shape as number[];
  const expectSame = (actual: ArrayLike<number>, name: string) => {
    expectClose(actual, file.tensors.get(name)!.data as Float32Array, name);
    tensors++;
  };

  const targets = () => {
    const count = shape('conf')[0];
    return Array.from({ length: count }, (_, b) => {
      const rows = Array.from({ length: shape(`targets${b}`)[0] }, (_, t) =>
        f32(`targets${b}`).subarray(t * 5, t * 5 + 5),
      );
      return {
        boxes: Float32Array.from(rows.flatMap((row) => [...row.subarray(0, 4)])),
        labels: Int32Array.from(rows, (row) => row[4]),
      };
    });
  };
  /** `<tag>.settings` = [sampling scale, reg weight, prior weight, conf threshold, top_k]. */
  const settings = (tag: string): BottleneckOptions => {
    const [sampleScale, beta, gamma, scoreThreshold, topK] = f64(`${tag}.settings`);
    return { sampleScale, beta, gamma, scoreThreshold, topK, iou: 0.45, startStep: 0 };
  };
  const options = (tag: string): SsdLossOptions => ({ bottleneck: settings(tag), noise: f32('noise') });
  const featureNames = () => [...file.tensors.keys()].filter((name) => /^feature\d+$/.test(name)).sort();
  /** [N, C, H, W] data as an NHWC tensor. */
  const nhwc = (name: string) =>
    tf.transpose(tf.tensor4d(f32(name), shape(name) as [number, number, number, number]), [0, 2, 3, 1]);
  const inputs = () => [
    tf.tensor3d(f32('loc8'), shape('loc8') as [number, number, number]),
    tf.tensor3d(f32('conf'), shape('conf') as [number, number, number]),
    ...featureNames().map(nhwc),
  ];
  const loss = (tag: string, [loc, logits, ...features]: tf.Tensor[]) =>
    runReadingSync(
      ssdLoss(
        { loc: loc as tf.Tensor3D, logits: logits as tf.Tensor3D, features: features as tf.Tensor4D[] },
        targets(),
        f32('priors'),
        options(tag),
      ),
    );

  beforeAll(async () => {
    await tf.setBackend('cpu');
    registerGradients();
    file = goldenFile(kind);
  });

  test('every tag: terms, total and number of groups', () => {
    const tags = [...file.tensors.keys()].flatMap((name) => /^(.+)\.settings$/.exec(name)?.[1] ?? []);
    expect(tags.length).toBeGreaterThan(0);
    for (const tag of tags) {
      tf.tidy(() => {
        const { total, terms, counts } = loss(tag, inputs());
        const named = { loss_l: terms.loc, loss_c: terms.conf, loss_r: terms.reg, loss_p: terms.prior, loss: total };
        for (const [name, term] of Object.entries(named)) expectSame(term.dataSync(), `${tag}.${name}`);
        expectSame([counts.priorGroups], `${tag}.loss_count`);
      });
    }
  });

  test('gradients of the terms', () => {
    const termOf: Record<string, 'loc' | 'conf' | 'prior'> = { loss_l: 'loc', loss_c: 'conf', loss_p: 'prior' };
    // One backward pass for each tag and term, whatever number of inputs it is compared for.
    const passes = new Map<string, { tag: string; term: string; wanted: { name: string; position: number }[] }>();
    for (const name of file.tensors.keys()) {
      const [, tag, of, term = 'loss'] = /^(.+)\.grad_(loc8|conf|feature\d+)(?:\.(\w+))?$/.exec(name) ?? [];
      if (of === undefined) continue;
      const pass = passes.get(`${tag} ${term}`) ?? { tag, term, wanted: [] };
      pass.wanted.push({ name, position: ['loc8', 'conf', ...featureNames()].indexOf(of) });
      passes.set(`${tag} ${term}`, pass);
    }
    expect(passes.size).toBeGreaterThan(0);
    for (const { tag, term, wanted } of passes.values()) {
      tf.tidy(() => {
        const all = inputs();
        const f = (...xs: tf.Tensor[]) => {
          const given = wanted.reduce(
            (values, { position }, k) => values.with(position, xs[k] as (typeof all)[number]),
            all,
          );
          const { total, terms } = loss(tag, given);
          return term === 'loss' ? total : terms[termOf[term]];
        };
        const gradients = tf.grads(f)(wanted.map(({ position }) => all[position]));
        wanted.forEach(({ name }, k) => {
          const nchw = gradients[k].rank === 4 ? tf.transpose(gradients[k], [0, 3, 1, 2]) : gradients[k];
          expectSame(nchw.dataSync(), name);
          expectCloseToScale(nchw.dataSync(), f32(name), name);
        });
      });
    }
  });

  test('intermediate values of the default run', () => {
    const priors = f32('priors');
    const images = targets();
    const matched = matchBatch(images, priors, 0.5); // bidet.md section 6.2
    expectSame(matched.classes, 'mid.conf_t');
    const locT = images.flatMap(({ boxes }) => {
      const { truth } = matchPriors([boxes], centresToCorners(priors));
      return [...encodeBoxes(takeRows(boxes, 4, truth), priors)];
    });
    expectSame(locT, 'mid.loc_t');
    const count = priors.length / 4;
    const perImage = images.map((_, b) => matched.positives.filter((row) => Math.floor(row / count) === b).length);
    expectSame(perImage, 'mid.num_pos');

    const columns = shape('conf')[2];
    const losses = Float32Array.from(matched.classes, (wanted, row) => {
      const logits = f32('conf').subarray(row * columns, (row + 1) * columns);
      return Math.log(logits.reduce((sum, x) => sum + Math.exp(x - logits[wanted]), 0));
    });
    const masks = images.flatMap((_, b) => {
      const rows = <T extends Float32Array | Int32Array>(data: T) => data.subarray(b * count, (b + 1) * count) as T;
      return [...selectHardNegatives(rows(losses), rows(matched.classes), 3)];
    });
    expectSame(masks, 'mid.neg_mask');

    const loc = tf.tensor2d(f32('loc8'), [images.length * count, 8]);
    const bottleneck = settings('default');
    const sampled = new SampledBoxes(loc, bottleneck.sampleScale, f32('noise'));
    const probabilities = softmaxRows(f32('conf'), columns);
    const offsetsOf = (picked: Int32Array) => sampled.valuesOf(picked);
    const candidates = { probabilities, columns, offsetsOf, priors, present: matched.present };
    const groups = runReadingSync(selectPriorGroups(candidates, bottleneck));
    const rows = groups.map(({ image, label, truths, rows: kept, total }) => {
      const entropy = [...kept].reduce((sum, row) => {
        const logits = f32('conf').subarray(row * columns, (row + 1) * columns);
        const q = 1 / (total * logits.reduce((power, x) => power + Math.exp(x - logits[label + 1]), 0));
        return sum - q * Math.log(q);
      }, 0);
      return [image, label + 1, truths, kept.length, total, entropy / truths];
    });
    expectSame(rows.flat(), 'mid.prior_terms');
    loc.dispose();
    compared(kind, tensors);
  });
});
