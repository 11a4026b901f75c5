import type { TensorData, TensorFile } from '@onebit/common';
import { expect, test } from 'vitest';
import { compared, goldenFile, hasGolden } from '../../../test/golden.js';
import { centresToCorners, decodeBoxes, encodeBoxes, takeRows } from '../src/boxes/coding.js';
import { iouMatrix } from '../src/boxes/iou.js';
import { matchPriors } from '../src/boxes/matcher.js';
import { nms } from '../src/boxes/nms.js';
import { makePriors, priorPresets } from '../src/boxes/priors.js';
import { type ClassDetections, detectClasses } from '../src/detect.js';
import { matchBatch } from '../src/losses/targets.js';
import { expectClose } from './close.js';

const f32 = (file: TensorFile, name: string) => (file.tensors.get(name) as TensorData<'F32'>).data;
const i32 = (file: TensorFile, name: string) => (file.tensors.get(name) as TensorData<'I32'>).data;
const matchThreshold = 0.5; // bidet.md section 6.2

function golden(name: string, compare: (file: TensorFile) => number): void {
  const kind = `bidet/${name}.safetensors`;
  test.skipIf(!hasGolden(kind))(kind, () => compared(kind, compare(goldenFile(kind))));
}

golden('prior_boxes', (file) => {
  const names: Record<string, keyof typeof priorPresets> = { voc: 'ssd300-voc', coco: 'ssd300-coco' };
  for (const [name, { data }] of file.tensors) expect([...makePriors(priorPresets[names[name]])]).toEqual([...data]);
  return file.tensors.size;
});

golden('match_encode', (file) => {
  const [truths, priors] = [f32(file, 'small.truths'), f32(file, 'small.priors')];
  const corners = centresToCorners(priors);
  expectClose(corners, f32(file, 'small.point_form'), 'point_form');
  expectClose(iouMatrix(truths, corners), f32(file, 'small.overlaps'), 'overlaps');
  const { truth, overlap, bestPrior } = matchPriors([truths], corners);
  expect([...bestPrior]).toEqual([...i32(file, 'small.best_prior_idx')]);
  const labels = Int32Array.from(f32(file, 'small.labels'));
  const classes = Array.from(truth, (t, p) => (overlap[p] >= matchThreshold ? labels[t] + 1 : 0));
  expect(classes).toEqual([...i32(file, 'small.conf_t')]);
  expectClose(encodeBoxes(takeRows(truths, 4, truth), priors), f32(file, 'small.loc_t'), 'loc_t');

  const full = { boxes: f32(file, 'full.truths'), labels: Int32Array.from(f32(file, 'full.labels')) };
  const matched = matchBatch([full], makePriors(priorPresets['ssd300-voc']), matchThreshold);
  expect([...matched.positives]).toEqual([...i32(file, 'full.pos_index')]);
  expect(Array.from(matched.positives, (p) => matched.classes[p])).toEqual([...i32(file, 'full.pos_conf')]);
  expectClose(matched.offsets, f32(file, 'full.pos_loc_t'), 'full.pos_loc_t');

  const coder = (name: string) => f32(file, `coder.${name}`);
  expectClose(encodeBoxes(coder('matched'), coder('priors')), coder('encoded'), 'coder.encoded');
  expectClose(decodeBoxes(coder('loc'), coder('priors')), coder('decoded'), 'coder.decoded');
  return 10;
});

golden('nms', (file) => {
  let tensors = 0;
  for (const name of file.tensors.keys()) {
    const settings = /^keep_iou([\d.]+)_top(\d+)$/.exec(name);
    if (settings === null) continue;
    const [iou, topK] = settings.slice(1).map(Number);
    expect([...nms(f32(file, 'boxes'), f32(file, 'scores'), { iou, topK })], name).toEqual([...i32(file, name)]);
    tensors++;
  }
  return tensors;
});

golden('detect', (file) => {
  const [batch, count, columns] = file.tensors.get('conf')!.shape;
  const detect = (b: number, labels: Iterable<number>, scoreThreshold: number, topK: number) =>
    detectClasses(
      {
        offsets: f32(file, 'loc').subarray(b * count * 4, (b + 1) * count * 4),
        probabilities: f32(file, 'conf').subarray(b * count * columns, (b + 1) * count * columns),
      },
      f32(file, 'priors'),
      labels,
      { scoreThreshold, iou: 0.45, topK },
    );
  const all = [...Array(columns - 1).keys()];
  const images = [...Array(batch).keys()];
  /** Rows of the [batch, columns, topK, 5] tensor the reference fills. */
  const dense = (found: ClassDetections[][], topK: number) => {
    const out = new Float32Array(batch * columns * topK * 5);
    for (const [b, classes] of found.entries()) {
      for (const { label, scores, boxes } of classes) {
        for (const [k, score] of scores.entries()) {
          out.set([score, ...boxes.subarray(k * 4, k * 4 + 4)], ((b * columns + label + 1) * topK + k) * 5);
        }
      }
    }
    return out;
  };
  let tensors = 0;
  for (const name of file.tensors.keys()) {
    const [, top, threshold, what] = /^top(\d+)_conf([\d.]+)\.(out|counts)$/.exec(name) ?? [];
    if (what === undefined) continue;
    const topK = Number(top);
    const found = images.map((b) => detect(b, all, Number(threshold), topK));
    const expected = file.tensors.get(name)!;
    if (what === 'out') {
      expectClose(dense(found, expected.shape[2]), f32(file, name), name);
      tensors++;
    } else {
      const counts = found.flatMap((classes) => [0, ...classes.map(({ scores }) => scores.length)]);
      expect(counts, name).toEqual([...i32(file, name)]);
      const prefix = name.slice(0, -'counts'.length);
      const index = i32(file, `${prefix}rows_index`);
      expectClose(takeRows(dense(found, topK), 5, index), f32(file, `${prefix}rows`), `${prefix}rows`);
      expect(counts.reduce((sum, n) => sum + n)).toBe(index.length);
      tensors += 3;
    }
  }
  // The variant of the prior loss: threshold 0.03, top 200 (bidet.md section 8), the classes among the truths.
  const found = images.map((b) => detect(b, new Set(f32(file, `prior_gt${b}`)), 0.03, 200));
  const rows = dense(found, 200);
  const index = i32(file, 'detect_prior.rows_index');
  expectClose(takeRows(rows, 5, index), f32(file, 'detect_prior.rows'), 'detect_prior.rows');
  expect(found.flat().reduce((sum, { scores }) => sum + scores.length, 0)).toBe(index.length);
  return tensors + 2;
});
