import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bootstrapInterval } from '../bootstrap/bootstrap.js';
import {
  ConfusionMatrix,
  cityscapesLabels,
  imageScores,
  type LabelArray,
  reduceZeroLabel,
  semanticImageMetrics,
  semanticMetrics,
  topConfusions,
  VOID_CLASS,
} from '../index.js';

const VOID = 255;
const names = (count: number) => Array.from({ length: count }, (_, i) => `class ${i}`);

/** The definition: one pixel after the other. */
function countPlainly(n: number, truth: LabelArray, prediction: LabelArray): number[] {
  const counts = new Array<number>(n * n).fill(0);
  truth.forEach((label, i) => {
    if (label !== VOID) counts[label * n + prediction[i]]++;
  });
  return counts;
}

const arrayKinds = [Uint8Array, Uint16Array, Int32Array] as const;
interface Maps {
  readonly n: number;
  readonly truth: LabelArray;
  readonly prediction: LabelArray;
}
/** Maps of runs, of noise, of every kind of array, starting anywhere in their buffers. */
const mapsOf = (n: number): fc.Arbitrary<Maps> =>
  fc
    .record({
      runs: fc.array(fc.tuple(fc.integer({ min: -1, max: n - 1 }), fc.nat(n - 1), fc.integer({ min: 1, max: 13 }))),
      kinds: fc.tuple(fc.constantFrom(...arrayKinds), fc.constantFrom(...arrayKinds)),
      skip: fc.tuple(fc.nat(3), fc.nat(3)),
    })
    .map(({ runs, kinds, skip }) => {
      const labels = runs.flatMap(([t, p, length]) => new Array(length).fill([t < 0 ? VOID : t, p] as const));
      const [truth, prediction] = [0, 1].map((side) => {
        const padded = [...new Array(skip[side]).fill(0), ...labels.map((pair) => pair[side])];
        return kinds[side].from(padded).subarray(skip[side]);
      });
      return { n, truth, prediction };
    });
const maps = fc.integer({ min: 1, max: 40 }).chain(mapsOf);
const mapSets = fc.integer({ min: 1, max: 6 }).chain((n) => fc.array(mapsOf(n), { minLength: 1, maxLength: 6 }));

function matrixOf(set: readonly Maps[]): ConfusionMatrix {
  const matrix = new ConfusionMatrix(names(set[0].n), { keepImages: true });
  for (const { truth, prediction } of set) matrix.add(truth, prediction);
  return matrix;
}

describe('counts', () => {
  test('equal those of a plain loop for all kinds of arrays', () => {
    fc.assert(
      fc.property(maps, ({ n, truth, prediction }) => {
        const matrix = matrixOf([{ n, truth, prediction }]);
        expect([...matrix.counts]).toEqual(countPlainly(n, truth, prediction));
      }),
      { numRuns: 300 },
    );
  });

  test('are those of the images put together, in any order, and their matrices sum to them', () => {
    fc.assert(
      fc.property(mapSets, (set) => {
        const whole = set.flatMap(({ truth, prediction }) => Array.from(truth, (label, i) => [label, prediction[i]]));
        const one = matrixOf([
          { n: set[0].n, truth: Uint8Array.from(whole, ([t]) => t), prediction: Uint8Array.from(whole, ([, p]) => p) },
        ]);
        const matrix = matrixOf(set);
        expect(matrix.counts).toEqual(one.counts);
        expect(matrixOf([...set].reverse()).counts).toEqual(one.counts);
        const sum = new Float64Array(one.counts.length + one.missed.length);
        matrix.perImage.addAll(sum);
        expect(sum.subarray(0, one.counts.length)).toEqual(one.counts);
      }),
    );
  });

  test('labels above 255 are counted, too', () => {
    const matrix = new ConfusionMatrix(names(700), { ignore: 65535 });
    matrix.add(Uint16Array.of(699, 3, 65535), Int32Array.of(300, 3, 65535));
    expect([matrix.counts[699 * 700 + 300], matrix.counts[3 * 700 + 3]]).toEqual([1, 1]);
    expect(matrix.counts.reduce((sum, count) => sum + count)).toBe(2);
  });

  test('void can be a negative label, a class, or nothing', () => {
    const countWith = (ignore: number | null, label: number) => {
      const matrix = new ConfusionMatrix(names(2), { ignore });
      matrix.add(Int32Array.of(label, 1), Int32Array.of(0, 1));
      return [...matrix.counts];
    };
    expect(countWith(-1, -1)).toEqual([0, 0, 0, 1]);
    expect(countWith(0, 0)).toEqual([0, 0, 0, 1]);
    expect(countWith(null, 0)).toEqual([1, 0, 0, 1]);
  });
});

describe('label tables', () => {
  test('ADE20K: 0 in the truth is void, 0 in a prediction is wrong and no class of its own', () => {
    const labels = reduceZeroLabel(2);
    const matrix = new ConfusionMatrix(names(2), { truthLabels: labels, predictionLabels: labels });
    matrix.add(Uint8Array.of(0, 1, 1, 2, 255), Uint8Array.of(1, 1, 0, 1, 0));
    expect([...matrix.counts]).toEqual([1, 0, 1, 0]);
    expect([...matrix.missed]).toEqual([1, 0]);
    const { perClass, pixelAccuracy } = semanticMetrics(matrix, 'pytorch-encoding');
    expect(perClass.map(({ iou }) => iou)).toEqual([1 / 3, 0]);
    expect(pixelAccuracy).toBe(1 / 3);
  });

  test('Cityscapes: a prediction outside the 19 classes is a miss and no false alarm', () => {
    expect(cityscapesLabels.filter((entry) => entry !== VOID_CLASS)).toEqual(Array.from({ length: 19 }, (_, i) => i));
    const labels = { truthLabels: cityscapesLabels, predictionLabels: cityscapesLabels };
    const matrix = new ConfusionMatrix(names(19), labels);
    const [road, sidewalk, rectificationBorder] = [7, 8, 2];
    matrix.add(
      Uint8Array.of(road, road, sidewalk, rectificationBorder),
      Uint8Array.of(road, rectificationBorder, sidewalk, road),
    );
    const { perClass } = semanticMetrics(matrix, 'voc');
    expect(perClass.slice(0, 2).map(({ iou }) => iou)).toEqual([0.5, 1]);
  });
});

describe('refused input', () => {
  const add = (truth: LabelArray, prediction: LabelArray, width?: number) => () =>
    new ConfusionMatrix(names(3)).add(truth, prediction, { id: 'cat', width });

  test('names side, pixel, row, column, value and what is accepted', () => {
    const truth = Uint8Array.of(0, 255, 1, 2);
    expect(add(truth, Uint8Array.of(0, 9, 1, 255), 2)).toThrow(
      'confusion matrix: image cat: the prediction at pixel 3 (row 1, column 1) must be 0 to 2, got 255',
    );
    expect(add(Uint16Array.of(0, 3), Uint8Array.of(0, 0))).toThrow(
      'the truth at pixel 1 must be 0 to 2, or 255 for void, got 3',
    );
    expect(add(truth, Int32Array.of(0, 0, 1, -5))).toThrow('the prediction at pixel 3 must be 0 to 2, got -5');
    expect(add(truth, Int32Array.of(0, 0, 256, 0))).toThrow('pixel 2 must be 0 to 2, got 256');
  });

  test('sizes, doubled images, options', () => {
    expect(add(new Uint8Array(4), new Uint8Array(5))).toThrow('the truth has 4 pixels, the prediction 5');
    const floats = new Float32Array(4) as unknown as Int32Array;
    expect(add(new Uint8Array(4), floats)).toThrow('the prediction must be one of Uint8Array, Uint16Array, Int32Array');
    expect(add(new Uint8Array(4), new Uint8Array(4), 3)).toThrow('no whole number of rows of width 3');
    const matrix = new ConfusionMatrix(names(1));
    matrix.add(new Uint8Array(1), new Uint8Array(1), { id: 'cat' });
    expect(() => matrix.add(new Uint8Array(1), new Uint8Array(1), { id: 'cat' })).toThrow('added twice');
    expect(() => matrix.perImage).toThrow('keepImages: true');
    expect(() => new ConfusionMatrix([])).toThrow('at least one class');
    expect(() => new ConfusionMatrix(names(2), { ignore: 0.5 })).toThrow('whole number or null');
    expect(() => new ConfusionMatrix(names(2), { truthLabels: [0, 2] })).toThrow('entry 1 of the label table');
    expect(() => semanticMetrics(matrix, 'mean' as 'voc')).toThrow('known: voc, detectron2');
  });

  test('leaves the matrix as it was', () => {
    const matrix = new ConfusionMatrix(names(2), { keepImages: true });
    matrix.add(Uint8Array.of(0, 1), Uint8Array.of(0, 0), { id: 'a' });
    expect(() => matrix.add(Uint8Array.of(0, 1), Uint8Array.of(1, 7), { id: 'b' })).toThrow();
    expect(() => matrix.add(Uint8Array.of(7, 1), Uint8Array.of(1, 1), { id: 'b' })).toThrow();
    matrix.add(Uint8Array.of(1, 1), Uint8Array.of(1, 1), { id: 'b' });
    expect([...matrix.counts]).toEqual([1, 0, 1, 2]);
    expect([matrix.images, matrix.perImage.ids]).toEqual([2, ['a', 'b']]);
  });
});

describe('means', () => {
  test('differ between the conventions where classes are absent', () => {
    const matrix = new ConfusionMatrix(['both', 'only predicted', 'only in the truth', 'absent']);
    matrix.add(Uint8Array.of(0, 0, 0, 2), Uint8Array.of(0, 0, 1, 0));
    const mean = (convention: Parameters<typeof semanticMetrics>[1]) => {
      const { mIoU, classesInMean } = semanticMetrics(matrix, convention);
      return [mIoU, classesInMean];
    };
    expect(mean('voc')).toEqual([0.5 / 3, 3]);
    expect(mean('detectron2')).toEqual([0.5 / 2, 2]);
    expect(mean('pytorch-encoding')).toEqual([0.5 / 4, 4]);
    expect(mean('voc-devkit')).toEqual([Number.NaN, 4]);
  });

  test('do not depend on the order of the classes nor on void pixels', () => {
    fc.assert(
      fc.property(maps, fc.nat(), ({ n, truth, prediction }, turn) => {
        const before = semanticMetrics(matrixOf([{ n, truth, prediction }]), 'voc');
        const turned = (label: number) => (label === VOID ? VOID : (label + turn) % n);
        const withVoid = (labels: LabelArray, fill: number) => Uint8Array.from([...labels, fill, fill], turned);
        const after = semanticMetrics(
          matrixOf([{ n, truth: withVoid(truth, VOID), prediction: withVoid(prediction, 0) }]),
          'voc',
        );
        before.perClass.forEach(({ iou }, i) => {
          expect(after.perClass[turned(i)].iou).toBe(iou);
        });
        for (const key of ['mIoU', 'meanAccuracy', 'frequencyWeightedIoU', 'meanDice'] as const) {
          if (Number.isNaN(before[key])) expect(after[key]).toBeNaN();
          else expect(after[key]).toBeCloseTo(before[key], 12);
        }
        expect([after.pixels, after.pixelAccuracy]).toEqual([before.pixels, before.pixelAccuracy]);
      }),
    );
  });

  test('are NaN where nothing counts', () => {
    const matrix = new ConfusionMatrix(names(2));
    matrix.add(Uint8Array.of(VOID), Uint8Array.of(0));
    const { mIoU, pixelAccuracy, meanAccuracy, frequencyWeightedIoU, meanDice } = semanticMetrics(matrix, 'voc');
    for (const value of [mIoU, pixelAccuracy, meanAccuracy, frequencyWeightedIoU, meanDice]) expect(value).toBeNaN();
  });
});

describe('images', () => {
  test('weights count an image as often as adding it does', () => {
    fc.assert(
      fc.property(mapSets, fc.array(fc.nat(3), { minLength: 6, maxLength: 6 }), (set, times) => {
        const weights = Uint32Array.from(set, (_, i) => times[i]);
        const metrics = semanticImageMetrics(matrixOf(set), 'voc');
        const repeated = new ConfusionMatrix(names(set[0].n));
        set.forEach(({ truth, prediction }, i) => {
          for (let k = 0; k < weights[i]; k++) repeated.add(truth, prediction);
        });
        const expected = semanticMetrics(repeated, 'voc');
        const values = Array.from(metrics.values(weights));
        expect(values[metrics.names.indexOf('mIoU (voc)')]).toBe(expected.mIoU);
        expect(values.slice(-set[0].n)).toEqual(expected.perClass.map(({ iou }) => iou));
        const ones = new Uint32Array(set.length).fill(1);
        expect(metrics.values()).toEqual(metrics.values(ones));
        expect(metrics.values()[0]).toBe(semanticMetrics(matrixOf(set), 'voc').mIoU);
      }),
    );
  });

  test('are ranked by mIoU, worst first, those without a pixel last', () => {
    const matrix = new ConfusionMatrix(names(2), { keepImages: true });
    matrix.add(Uint8Array.of(VOID, VOID), Uint8Array.of(0, 1), { id: 'void' });
    matrix.add(Uint8Array.of(0, 1), Uint8Array.of(0, 1), { id: 'best' });
    matrix.add(Uint8Array.of(0, 1), Uint8Array.of(1, 0), { id: 'worst' });
    const scores = imageScores(matrix, 'voc');
    expect(scores.map(({ id, mIoU }) => [id, mIoU])).toEqual([
      ['worst', 0],
      ['best', 1],
      ['void', Number.NaN],
    ]);
  });

  test('an interval of mIoU by resampling images', () => {
    const matrix = new ConfusionMatrix(names(2), { keepImages: true });
    for (let i = 0; i < 30; i++) matrix.add(Uint8Array.of(0, 1, 0, 1), Uint8Array.of(0, 1, i % 2, i % 3 ? 1 : 0));
    const { names: metricNames, values, ...images } = semanticImageMetrics(matrix, 'voc');
    const metric = { ...images, name: metricNames[0], value: (weights?: Uint32Array) => values(weights)[0] };
    const { value, low, high } = bootstrapInterval(metric, { samples: 200, seed: 1 });
    expect(value).toBe(semanticMetrics(matrix, 'voc').mIoU);
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
  });
});

test('the largest confusions come first, with their share of the truth', () => {
  const matrix = new ConfusionMatrix(['cat', 'dog', 'cow']);
  matrix.add(Uint8Array.of(0, 0, 0, 0, 1, 1, 2), Uint8Array.of(1, 1, 1, 0, 1, 0, 2));
  expect(topConfusions(matrix, 5)).toEqual([
    { truth: 'cat', predicted: 'dog', pixels: 3, shareOfTruth: 0.75 },
    { truth: 'dog', predicted: 'cat', pixels: 1, shareOfTruth: 0.5 },
  ]);
  expect(topConfusions(matrix, 1)).toHaveLength(1);
});
