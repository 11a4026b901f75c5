import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundaryIou, ConfusionMatrix, SemanticBoundary, semanticMetrics } from '../index.js';
import { boundaryDistance, boundaryMap } from './boundary-map.js';

interface LabelMap {
  readonly labels: Uint8Array;
  readonly height: number;
  readonly width: number;
}
const mapOf = (labels: number) =>
  fc
    .record({ height: fc.integer({ min: 1, max: 12 }), width: fc.integer({ min: 1, max: 12 }) })
    .chain(({ height, width }) =>
      // mostly one label, so that areas have an inside
      fc
        .array(fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(labels - 1) }), {
          minLength: height * width,
          maxLength: height * width,
        })
        .map((values): LabelMap => ({ labels: Uint8Array.from(values), height, width })),
    );

/** The definition: look at every pixel of the square around every pixel. */
function boundaryPlainly({ labels, height, width }: LabelMap, d: number): number[] {
  return Array.from(labels, (label, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    for (let dy = -d; dy <= d; dy++) {
      for (let dx = -d; dx <= d; dx++) {
        const [v, u] = [y + dy, x + dx];
        if (v < 0 || v >= height || u < 0 || u >= width || labels[v * width + u] !== label) return 1;
      }
    }
    return 0;
  });
}

test('boundaries equal erosion by a square, pixel by pixel', () => {
  fc.assert(
    fc.property(mapOf(4), fc.integer({ min: 1, max: 7 }), (map, d) => {
      const { labels, height, width } = map;
      expect([...boundaryMap(labels, height, width, d)]).toEqual(boundaryPlainly(map, d));
    }),
    { numRuns: 500 },
  );
});

test('distances are at least 1 and round halves to the even number', () => {
  expect(boundaryDistance(3, 4, 0.02)).toBe(1);
  expect([0.3, 0.5, 0.7, 0.9].map((ratio) => boundaryDistance(3, 4, ratio))).toEqual([2, 2, 4, 4]); // 1.5, 2.5, 3.5, 4.5
});

describe('masks', () => {
  test('two empty ones have no value, an empty one and another 0, equal ones 1', () => {
    const pair = { height: 4, width: 4, truth: new Uint8Array(16), prediction: new Uint8Array(16) };
    expect(boundaryIou(pair, 0.02)).toMatchObject({ boundaryIoU: Number.NaN, maskIoU: Number.NaN, iou: Number.NaN });
    const full = new Uint8Array(16).fill(255);
    expect(boundaryIou({ ...pair, truth: full }, 0.02)).toMatchObject({ boundaryIoU: 0, maskIoU: 0, iou: 0 });
    expect(boundaryIou({ ...pair, truth: full, prediction: full }, 0.02)).toMatchObject({ union: 12, iou: 1 });
  });

  test('the smaller of the two counts', () => {
    const truth = new Uint8Array(400).fill(1);
    const prediction = truth.map((_, i) => (i % 20 < 18 ? 1 : 0));
    const { boundaryIoU, maskIoU, iou } = boundaryIou({ truth, prediction, height: 20, width: 20 }, 0.02);
    expect(boundaryIoU).toBeLessThan(maskIoU);
    expect(iou).toBe(boundaryIoU);
  });

  test('sizes and ratios are checked', () => {
    const pair = { truth: new Uint8Array(4), prediction: new Uint8Array(3), height: 2, width: 2 };
    expect(() => boundaryIou(pair, 0.02)).toThrow('the prediction must have 2 x 2 = 4 pixels, got 3');
    expect(() => boundaryIou(pair, 0)).toThrow('ratio must be a positive number, got 0');
  });
});

describe('label maps', () => {
  const names = ['a', 'b', 'c', 'd'];
  const pairs = mapOf(4).chain((truth) =>
    fc
      .array(fc.nat(3), { minLength: truth.labels.length, maxLength: truth.labels.length })
      .map((values) => ({ ...truth, prediction: Uint8Array.from(values) })),
  );

  test('are the sums of the masks of each class', () => {
    fc.assert(
      fc.property(fc.array(pairs, { minLength: 1, maxLength: 3 }), (images) => {
        const boundary = new SemanticBoundary(names, { ratio: 0.1 });
        for (const { labels, prediction, width } of images) boundary.add(labels, prediction, { width });
        boundary.result('voc').perClass.forEach(({ intersection, union }, k) => {
          const mask = (labels: Uint8Array) => labels.map((label) => (label === k ? 1 : 0));
          const plain = images.map(({ labels, prediction, height, width }) =>
            boundaryIou({ truth: mask(labels), prediction: mask(prediction), height, width }, 0.1),
          );
          expect(intersection).toBe(plain.reduce((sum, result) => sum + result.intersection, 0));
          expect(union).toBe(plain.reduce((sum, result) => sum + result.union, 0));
        });
      }),
    );
  });

  test('a boundary wider than the image gives the IoU of the whole masks, void taken out', () => {
    fc.assert(
      fc.property(pairs, fc.nat(3), ({ labels, prediction, width }, ignore) => {
        const boundary = new SemanticBoundary(names, { ratio: 1, ignore });
        const matrix = new ConfusionMatrix(names, { ignore });
        boundary.add(labels, prediction, { width });
        matrix.add(labels, prediction, { width });
        const { perClass } = semanticMetrics(matrix, 'voc');
        expect(boundary.result('voc').perClass.map(({ boundaryIoU }) => boundaryIoU)).toEqual(
          perClass.map(({ iou }) => iou),
        );
      }),
    );
  });

  test('weights count an image as often as adding it does', () => {
    const images = [
      [Uint8Array.of(0, 0, 1, 1), Uint8Array.of(0, 1, 1, 1)],
      [Uint8Array.of(0, 2, 1, 1), Uint8Array.of(0, 1, 1, 0)],
    ];
    const boundaryOf = (order: number[]) => {
      const boundary = new SemanticBoundary(names, { ratio: 0.02 });
      for (const i of order) boundary.add(images[i][0], images[i][1], { width: 2 });
      return boundary;
    };
    const metrics = boundaryOf([0, 1]).imageMetrics('voc');
    expect(metrics.values(Uint32Array.of(2, 1))).toEqual(boundaryOf([0, 0, 1]).imageMetrics('voc').values());
    expect(metrics.names.slice(0, 2)).toEqual([
      'mean boundary IoU (voc, ratio 0.02)',
      'boundary IoU of a (voc, ratio 0.02)',
    ]);
    expect(metrics.values()[0]).toBe(boundaryOf([0, 1]).result('voc').meanBoundaryIoU);
  });

  test('labels outside the classes are refused with their position', () => {
    const boundary = new SemanticBoundary(names, { ratio: 0.02 });
    expect(() => boundary.add(Uint8Array.of(255, 0), Uint8Array.of(255, 255), { id: 'cat', width: 1 })).toThrow(
      'boundary IoU: image cat: the prediction at pixel 1 (row 1, column 0) must be 0 to 3, got 255',
    );
  });
});
