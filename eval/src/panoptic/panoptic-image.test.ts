import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundaryDistance, boundaryMap } from '../semantic/boundary-map.js';
import { scorePanopticImage } from './panoptic-image.js';
import type { PanopticMap, PanopticSegment } from './segments.js';

const categories = [4, 9, 2];
const categoryIndices = new Map(categories.map((id, i) => [id, i]));

interface Side {
  readonly ids: number[];
  readonly segments_info: PanopticSegment[];
}
interface ImagePair {
  readonly width: number;
  readonly truth: Side;
  readonly prediction: Side;
}

/** Ids 0 to 5 in blocks of a few pixels; truth and prediction mostly agree. */
const imagePairs: fc.Arbitrary<ImagePair> = fc
  .record({ width: fc.integer({ min: 1, max: 10 }), height: fc.integer({ min: 1, max: 10 }) })
  .chain(({ width, height }) =>
    fc.record({
      width: fc.constant(width),
      block: fc.integer({ min: 1, max: 5 }),
      palette: fc.array(fc.nat(5), { minLength: 20, maxLength: 20 }),
      changes: fc.array(fc.option(fc.nat(5), { freq: 3 }), { minLength: width * height, maxLength: width * height }),
      categoryOf: fc.array(fc.nat(2), { minLength: 12, maxLength: 12 }),
      crowds: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
    }),
  )
  .map(({ width, block, palette, changes, categoryOf, crowds }) => {
    const truthIds = changes.map((_, i) => {
      const [y, x] = [Math.floor(i / width), i % width];
      return palette[(3 * Math.floor(y / block) + Math.floor(x / block)) % palette.length];
    });
    const predictedIds = changes.map((change, i) => (change === null ? truthIds[i] : change));
    const side = (ids: number[], shift: number, crowd: boolean[]): Side => ({
      ids,
      segments_info: [...new Set(ids)]
        .filter((id) => id !== 0)
        .map((id) => ({ id, category_id: categories[categoryOf[id + shift]], iscrowd: crowd[id] ? 1 : 0 })),
    });
    return { width, truth: side(truthIds, 0, crowds), prediction: side(predictedIds, changes.length % 2, []) };
  });

/** The definition in terms of masks: every segment with every other, pixel by pixel. */
function scorePlainly({ width, truth, prediction }: ImagePair, ratio: number | undefined) {
  const pixels = [...truth.ids.keys()];
  const height = pixels.length / width;
  const isVoid = (i: number) => truth.ids[i] === 0;
  const maskOf = (side: Side, id: number) => side.ids.map((value) => value === id);
  const boundaryOf = (mask: boolean[]) => {
    const d = boundaryDistance(height, width, ratio ?? 1);
    const edge = boundaryMap(Uint8Array.from(mask, Number), height, width, d);
    return mask.map((inside, i) => inside && edge[i] === 1);
  };
  const overlap = (a: boolean[], b: boolean[]) => {
    const both = pixels.filter((i) => !isVoid(i) && a[i] && b[i]).length;
    return both / pixels.filter((i) => !isVoid(i) && (a[i] || b[i])).length;
  };
  const iou = (a: boolean[], b: boolean[]) =>
    ratio === undefined ? overlap(a, b) : Math.min(overlap(a, b), overlap(boundaryOf(a), boundaryOf(b)));

  const found = new Set<PanopticSegment>();
  const matches = [...truth.segments_info]
    .sort((a, b) => a.id - b.id)
    .flatMap((t) =>
      prediction.segments_info.flatMap((p) => {
        if (t.iscrowd === 1 || t.category_id !== p.category_id) return [];
        const value = iou(maskOf(truth, t.id), maskOf(prediction, p.id));
        if (!(value > 0.5)) return [];
        found.add(t).add(p);
        return [{ category: categories.indexOf(t.category_id), iou: value }];
      }),
    );
  const falsePositives = prediction.segments_info.filter((p) => {
    const crowd = truth.segments_info.findLast((t) => t.iscrowd === 1 && t.category_id === p.category_id);
    const own = pixels.filter((i) => prediction.ids[i] === p.id);
    const excused = own.filter((i) => isVoid(i) || truth.ids[i] === crowd?.id).length;
    return !found.has(p) && excused <= own.length / 2;
  });
  const falseNegatives = truth.segments_info.filter((t) => t.iscrowd !== 1 && !found.has(t));
  const indices = (segments: PanopticSegment[]) => segments.map((segment) => categories.indexOf(segment.category_id));
  return { matches, falsePositives: indices(falsePositives), falseNegatives: indices(falseNegatives) };
}

test('images score as the comparison of all masks does, with and without boundaries', () => {
  const mapOf = ({ ids, segments_info }: Side): PanopticMap => ({ ids: Uint32Array.from(ids), segments_info });
  fc.assert(
    fc.property(imagePairs, fc.constantFrom(undefined, 0.02, 0.2), (pair, boundaryRatio) => {
      const options = { where: 'test', categoryIndices, strict: true, boundaryRatio, width: pair.width };
      const result = scorePanopticImage(mapOf(pair.truth), mapOf(pair.prediction), options);
      expect(result).toEqual(scorePlainly(pair, boundaryRatio));
    }),
    { numRuns: 500 },
  );
});
