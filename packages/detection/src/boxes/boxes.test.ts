import { rankDescending } from '@onebit/ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { centresToCorners, decodeBoxes, encodeBoxes } from './coding.js';
import { boxIou, iouMatrix } from './iou.js';
import { matchPriors } from './matcher.js';
import { nms } from './nms.js';

const unit = fc.float({ min: 0, max: 1, noNaN: true });
const centreBox = fc.tuple(
  unit,
  unit,
  fc.float({ min: Math.fround(0.01), max: 1, noNaN: true }),
  fc.float({ min: Math.fround(0.01), max: 1, noNaN: true }),
);
const boxes = (max: number, min = 0) =>
  fc.array(centreBox, { minLength: min, maxLength: max }).map((rows) => Float32Array.from(rows.flat()));

describe('box coding', () => {
  test('decoding undoes encoding', () => {
    fc.assert(
      fc.property(centreBox, centreBox, (box, prior) => {
        const corners = centresToCorners(Float32Array.from(box));
        const priors = Float32Array.from(prior);
        const back = decodeBoxes(encodeBoxes(corners, priors), priors);
        // Sizes of at least 0.01 against positions of 1 leave some 5 digits of a float32 for a side.
        for (let k = 0; k < 4; k++) expect(Math.abs(back[k] - corners[k])).toBeLessThan(1e-5);
      }),
    );
  });

  test('a prior has offset 0 from itself, and one step of each offset is what the variances say', () => {
    const prior = Float32Array.of(0.5, 0.5, 0.2, 0.4);
    for (const x of encodeBoxes(centresToCorners(prior), prior)) expect(x).toBeCloseTo(0, 5);
    const [x1, y1, x2, y2] = decodeBoxes(Float32Array.of(1, 0, 1, 0), prior);
    expect((x1 + x2) / 2).toBeCloseTo(0.5 + 0.1 * 0.2, 6);
    expect(x2 - x1).toBeCloseTo(0.2 * Math.exp(0.2), 6);
    expect([y1, y2]).toEqual([expect.closeTo(0.3, 6), expect.closeTo(0.7, 6)]);
  });

  test('huge offsets and boxes stay numbers until float32 ends', () => {
    const prior = Float32Array.of(0.5, 0.5, 0.1, 0.1);
    expect([...decodeBoxes(Float32Array.of(1e6, -1e6, 50, 50), prior)].every(Number.isFinite)).toBe(true);
    expect([...encodeBoxes(Float32Array.of(-1e6, -1e6, 1e6, 1e6), prior)].every(Number.isFinite)).toBe(true);
  });

  test('no boxes give no rows', () => {
    const none = new Float32Array(0);
    expect([encodeBoxes(none, none).length, decodeBoxes(none, none).length, centresToCorners(none).length]).toEqual([
      0, 0, 0,
    ]);
  });
});

describe('IoU', () => {
  test('is 1 with itself, symmetric and in [0, 1]', () => {
    fc.assert(
      fc.property(boxes(5, 1), (list) => {
        const corners = centresToCorners(list);
        const count = list.length / 4;
        const matrix = iouMatrix(corners, corners);
        for (let i = 0; i < count; i++) {
          expect(matrix[i * count + i]).toBe(1);
          for (let j = 0; j < count; j++) {
            expect(matrix[i * count + j]).toBe(matrix[j * count + i]);
            expect(matrix[i * count + j] >= 0 && matrix[i * count + j] <= 1).toBe(true);
          }
        }
      }),
    );
  });

  test('counts no pixel twice: touching boxes have 0, half a box has 1/2, empty ones NaN', () => {
    const a = Float32Array.of(0, 0, 2, 2, 2, 0, 4, 2, 0, 0, 2, 1, 3, 3, 3, 3);
    expect([boxIou(a, 0, a, 1), boxIou(a, 0, a, 2), boxIou(a, 0, a, 3)]).toEqual([0, 0.5, 0]);
    expect(boxIou(a, 3, a, 3)).toBeNaN();
  });
});

describe('matcher', () => {
  test('every truth is matched by its best prior unless a later truth took it, others by their best truth', () => {
    fc.assert(
      fc.property(boxes(6, 1), boxes(30, 1), (truthCentres, priorCentres) => {
        const [truths, priors] = [centresToCorners(truthCentres), centresToCorners(priorCentres)];
        const { truth, overlap, bestPrior } = matchPriors([truths], priors);
        const count = priors.length / 4;
        const matrix = iouMatrix(truths, priors);
        bestPrior.forEach((p, t) => {
          expect(overlap[p]).toBe(2);
          expect(truth[p]).toBe(bestPrior.lastIndexOf(p));
          const row = matrix.subarray(t * count, (t + 1) * count);
          expect(p).toBe(row.indexOf(Math.max(...row)));
        });
        for (let p = 0; p < count; p++) {
          if (overlap[p] === 2) continue;
          const column = Array.from(bestPrior, (_, t) => matrix[t * count + p]);
          expect(overlap[p]).toBe(Math.max(...column));
          expect(truth[p]).toBe(column.indexOf(Math.max(...column)));
        }
      }),
    );
  });

  test('without truths no prior is matched; one prior takes the last truth; no priors are no error', () => {
    const box = Float32Array.of(0, 0, 1, 1);
    expect([...matchPriors([new Float32Array(0)], box).truth]).toEqual([-1]);
    const both = Float32Array.of(0, 0, 1, 1, 5, 5, 6, 6);
    expect(matchPriors([both], box)).toEqual({
      truth: Int32Array.of(1),
      overlap: Float32Array.of(2),
      bestPrior: Int32Array.of(0, 0),
    });
    expect(matchPriors([both], new Float32Array(0)).truth.length).toBe(0);
    expect(matchPriors([both, new Float32Array(0), box], box)).toEqual({
      truth: Int32Array.of(1, -1, 0),
      overlap: Float32Array.of(2, 0, 2),
      bestPrior: Int32Array.of(0, 0, 0),
    });
  });
});

describe('ranking', () => {
  test('equals a stable sort with a comparison', () => {
    const value = fc.oneof(fc.float({ noNaN: true }), fc.constantFrom(0, -0, 1, -1, Number.POSITIVE_INFINITY));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 200 }), (list) => {
        const values = Float32Array.from(list);
        const compare = (a: number, b: number) => (values[a] === values[b] ? 0 : values[b] > values[a] ? 1 : -1);
        expect([...rankDescending(values)]).toEqual([...values.keys()].sort(compare));
      }),
    );
  });

  test('refuses more values than an index can number', () => {
    expect(() => rankDescending(new Float32Array(2 ** 21 + 1))).toThrow(/at most 2097152 values/);
  });
});

describe('suppression', () => {
  const scored = fc.array(fc.tuple(centreBox, fc.integer({ min: 0, max: 20 })), { maxLength: 40 }).map((rows) => ({
    corners: centresToCorners(Float32Array.from(rows.flatMap(([box]) => box))),
    scores: Float32Array.from(rows, ([, score]) => score / 20),
  }));
  const pick = (table: Float32Array, width: number, rows: Int32Array) =>
    Float32Array.from([...rows].flatMap((r) => [...table.subarray(r * width, (r + 1) * width)]));

  test('what is kept does not overlap; what is dropped overlaps a better box; doing it again changes nothing', () => {
    fc.assert(
      fc.property(scored, ({ corners, scores }) => {
        const iou = 0.45;
        const kept = nms(corners, scores, { iou, topK: 100 });
        for (const i of kept)
          for (const j of kept) if (i !== j) expect(boxIou(corners, i, corners, j)).toBeLessThanOrEqual(iou);
        for (const i of scores.keys()) {
          if (kept.includes(i)) continue;
          const better = [...kept].some((k) => scores[k] >= scores[i] && boxIou(corners, k, corners, i) > iou);
          expect(better).toBe(true);
        }
        const again = nms(pick(corners, 4, kept), pick(scores, 1, kept), { iou, topK: 100 });
        expect([...again]).toEqual([...kept.keys()]);
      }),
    );
  });

  test('only the top boxes take part; equal scores keep the order of the list', () => {
    const corners = Float32Array.of(0, 0, 1, 1, 2, 0, 3, 1, 4, 0, 5, 1);
    expect([...nms(corners, Float32Array.of(0.5, 0.9, 0.5), { topK: 2 })]).toEqual([1, 0]);
    expect([...nms(corners, new Float32Array(3).fill(0.5))]).toEqual([0, 1, 2]);
    expect(nms(new Float32Array(0), new Float32Array(0)).length).toBe(0);
  });
});
