import type { TensorFile } from '@onebit/common';
import { beforeAll, describe, expect, test } from 'vitest';
import { compared, goldenFile, hasGolden } from '../../test/golden.js';
import { boundaryIou, SemanticBoundary } from '../src/index.js';
import { boundaryMap } from '../src/semantic/boundary-map.js';
import { numbersOf, pairsOf } from './golden-maps.js';

const path = 'groupnet/boundary_iou.safetensors';
const digits = 12;

describe.skipIf(!hasGolden(path))('boundary IoU equals the reference', () => {
  let file: TensorFile;
  const tensor = (name: string) => file.tensors.get(name)!;
  beforeAll(() => {
    file = goldenFile(path);
  });

  test('of pairs of masks, and over the label maps of the set', () => {
    const ratios: number[] = JSON.parse(file.metadata.ratios);
    const table = numbersOf(tensor('table'));
    const columns = table.length / ratios.length;
    let tensors = 1;
    ratios.forEach((ratio, k) => {
      const [pair] = pairsOf(file, `${k}.gt`, `${k}.pred`);
      const masks = { ...pair, truth: Uint8Array.from(pair.truth), prediction: Uint8Array.from(pair.prediction) };
      const result = boundaryIou(masks, ratio);
      const { distance, intersection, union, boundaryIoU, maskIoU, iou } = result;
      const row = table.slice(k * columns, (k + 1) * columns);
      [distance, intersection, union, boundaryIoU, maskIoU, iou].forEach((value, i) => {
        if (Number.isNaN(row[i])) expect(value).toBeNaN();
        else expect(value, `pair ${k}, column ${i}`).toBeCloseTo(row[i], digits);
      });
      for (const [side, mask] of Object.entries({ gt: masks.truth, pred: masks.prediction })) {
        const boundary = boundaryMap(mask, pair.height, pair.width, distance).map((value, i) => value & mask[i]);
        expect([...boundary], `pair ${k} ${side}`).toEqual(numbersOf(tensor(`${k}.${side}_boundary`)));
        tensors++;
      }
    });
    compared(path, tensors + compareSemantic());
  });

  function compareSemantic(): number {
    const maps = goldenFile('groupnet/semantic_metrics.safetensors');
    const classes = Array.from({ length: Number(maps.metadata.classes) }, (_, i) => `class ${i}`);
    const ratio = Number(/ratio ([\d.]+)/.exec(file.metadata.semantic)?.[1]);
    const boundary = new SemanticBoundary(classes, { ratio, ignore: Number(maps.metadata.ignore) });
    for (const { truth, prediction, width } of pairsOf(maps, 'gt', 'pred')) boundary.add(truth, prediction, { width });
    const { perClass, meanBoundaryIoU } = boundary.result('voc');
    expect(perClass.map(({ intersection }) => intersection)).toEqual(numbersOf(tensor('semantic.intersection')));
    expect(perClass.map(({ union }) => union)).toEqual(numbersOf(tensor('semantic.union')));
    expect(perClass.map(({ boundaryIoU }) => boundaryIoU)).toEqual(numbersOf(tensor('semantic.boundary_iou')));
    expect(meanBoundaryIoU).toBeCloseTo(numbersOf(tensor('semantic.mean_boundary_iou'))[0], digits);
    return 4;
  }
});
