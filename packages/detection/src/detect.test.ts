import { describe, expect, test } from 'vitest';
import { detectBatch, meanOffsets, softmaxRows } from './detect.js';

// Two priors apart from each other and one on top of the first.
const priors = Float32Array.of(0.25, 0.25, 0.2, 0.2, 0.75, 0.75, 0.2, 0.2, 0.25, 0.25, 0.21, 0.21);
const logitsFor = (...rows: number[][]) => Float32Array.from(rows.flat());
const still = new Float32Array(12);

describe('detectBatch', () => {
  test('finds the best box of each object and class in pixels of the original image', () => {
    const logits = logitsFor([0, 5, 0], [0, 0, 4], [0, 3, 0]);
    const [found] = detectBatch({ loc: still, logits }, priors, [[100, 200]], { scoreThreshold: 0.5 });
    expect(found.map(({ label }) => label)).toEqual([0, 1]);
    expect(found[0].box.map(Math.round)).toEqual([30, 15, 70, 35]);
    expect(found[0].score).toBeCloseTo(Math.exp(5) / (Math.exp(5) + 2), 6);
  });

  test('boxes are clipped to the image and those outside are left out', () => {
    const loc = Float32Array.from(still);
    loc[0] = -100; // prior 0 far to the left
    loc[6] = 100; // prior 1 is enormous
    loc[7] = 100;
    const logits = logitsFor([0, 5, 0], [0, 5, 0], [9, 0, 0]);
    const [found] = detectBatch({ loc, logits }, priors, [[10, 20]], { scoreThreshold: 0.5 });
    expect(found.map(({ box }) => box)).toEqual([[0, 0, 20, 10]]);
  });

  test('keeps the best maxDetections over all classes', () => {
    const logits = logitsFor([0, 5, 0], [0, 0, 6], [0, 0, 1]);
    const [found] = detectBatch({ loc: still, logits }, priors, [[10, 10]], { maxDetections: 1 });
    expect(found.map(({ label }) => label)).toEqual([1]);
  });

  test('with log-variances in front the means count', () => {
    const loc8 = Float32Array.from({ length: 24 }, (_, i) => (i % 8 < 4 ? 99 : i));
    expect([...meanOffsets(loc8, 8)]).toEqual([4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23]);
    const logits = logitsFor([0, 5, 0], [0, 0, 0], [0, 0, 0]);
    const zeros = new Float32Array(24).map((_, i) => (i % 8 < 4 ? 99 : 0));
    const sizes = [[10, 10]] as const;
    expect(detectBatch({ loc: zeros, logits }, priors, sizes)).toEqual(
      detectBatch({ loc: still, logits }, priors, sizes),
    );
  });

  test('images of a batch do not mix, and an empty batch is no error', () => {
    const one = logitsFor([0, 5, 0], [0, 0, 0], [0, 0, 0]);
    const two = logitsFor([0, 0, 0], [0, 0, 5], [0, 0, 0]);
    const both = { loc: new Float32Array(24), logits: Float32Array.from([...one, ...two]) };
    const [a, b] = detectBatch(both, priors, [
      [10, 10],
      [30, 30],
    ]);
    expect(a).toEqual(detectBatch({ loc: still, logits: one }, priors, [[10, 10]])[0]);
    expect(b).toEqual(detectBatch({ loc: still, logits: two }, priors, [[30, 30]])[0]);
    expect(detectBatch({ loc: new Float32Array(0), logits: new Float32Array(0) }, priors, [])).toEqual([]);
  });

  test('outputs that do not fit the priors are refused', () => {
    expect(() => detectBatch({ loc: still, logits: new Float32Array(7) }, priors, [[1, 1]])).toThrow(
      /logits must be 1 images x 3 priors/,
    );
    expect(() => detectBatch({ loc: new Float32Array(9), logits: new Float32Array(9) }, priors, [[1, 1]])).toThrow(
      /loc must be/,
    );
  });
});

test('softmax of large logits does not overflow', () => {
  expect([...softmaxRows(Float32Array.of(1000, 1000, -1000), 3)]).toEqual([0.5, 0.5, 0]);
});
