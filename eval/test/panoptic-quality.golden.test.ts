import { expect, test } from 'vitest';
import { compared, goldenFile, hasGolden } from '../../test/golden.js';
import { type PanopticCategory, PanopticEvaluator, type PanopticMap } from '../src/index.js';
import { numbersOf, pairsOf } from './golden-maps.js';

interface ImageSegments {
  gt_segments: Record<string, number>;
  pred_segments: Record<string, number>;
  crowd: number[];
}
const path = 'groupnet/panoptic_quality.safetensors';
const digits = 12;

test.skipIf(!hasGolden(path))('panoptic quality equals the reference', () => {
  const file = goldenFile(path);
  const categories: PanopticCategory[] = JSON.parse(file.metadata.categories);
  const images: ImageSegments[] = JSON.parse(file.metadata.images);
  const evaluator = new PanopticEvaluator(categories);
  pairsOf(file, 'gt', 'pred').forEach(({ truth, prediction, width }, i) => {
    const { gt_segments, pred_segments, crowd } = images[i];
    evaluator.add(mapOf(truth, gt_segments, crowd), mapOf(prediction, pred_segments, []), { width });
  });
  const { perCategory, ...groups } = evaluator.result();
  const expected: Record<string, readonly number[]> = {
    'class.iou_sum': perCategory.map(({ iouSum }) => iouSum),
    'class.pq': perCategory.map(({ pq }) => pq),
    'class.sq': perCategory.map(({ sq }) => sq),
    'class.rq': perCategory.map(({ rq }) => rq),
    'class.tp': perCategory.map(({ truePositives }) => truePositives),
    'class.fp': perCategory.map(({ falsePositives }) => falsePositives),
    'class.fn': perCategory.map(({ falseNegatives }) => falseNegatives),
  };
  for (const name of ['all', 'things', 'stuff'] as const) {
    const { pq, sq, rq, categories } = groups[name];
    expected[name] = [pq, sq, rq, categories];
  }
  for (const [name, values] of Object.entries(expected)) {
    const wanted = numbersOf(file.tensors.get(name)!);
    expect(values.length).toBe(wanted.length);
    values.forEach((value, i) => {
      expect(value, `${name} ${i}`).toBeCloseTo(wanted[i], digits);
    });
  }
  compared(path, Object.keys(expected).length);
});

function mapOf(ids: ArrayLike<number>, segments: Record<string, number>, crowd: number[]): PanopticMap {
  const segments_info = Object.entries(segments).map(([id, category_id]) => ({
    id: Number(id),
    category_id,
    iscrowd: crowd.includes(Number(id)) ? (1 as const) : (0 as const),
  }));
  return { ids: Uint32Array.from(ids), segments_info };
}
