import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compared, goldenJson, hasGolden } from '../../../test/golden.js';
import { CocoError, type CocoRle, mask } from '../src/index.js';

type Rle = mask.Rle;
/** What pycocotools 2.0.11 tells of a mask. */
interface Measured extends Rle {
  area: number;
  bbox: number[];
  runs_of_decoded: number[];
}
interface IouCase {
  dt: Rle[];
  gt: Rle[];
  iscrowd: number[];
  iou: number[][];
}
interface BoxIouCase extends Pick<IouCase, 'iscrowd' | 'iou'> {
  dt: number[][];
  gt: number[][];
}
interface Vectors {
  encode: (Measured & { rows: string[]; runs: number[] })[];
  runs_to_string: (Measured & { runs: number[] })[];
  polygon: (Measured & { h: number; w: number; xy: number[] })[];
  box: (Measured & { h: number; w: number; xywh: number[] })[];
  merge: { in: Rle[]; union: Rle; intersection: Rle }[];
  merge_size_mismatch: { in: Rle[]; union: Rle };
  mask_iou: IouCase[];
  mask_iou_size_mismatch: IouCase;
  box_iou: BoxIouCase[];
  too_long: (Rle & { runs: number[] })[];
}

const bitmap = (rows: readonly string[]) => ({
  height: rows.length,
  width: rows[0].length,
  data: Uint8Array.from(rows.join(''), Number),
});
const pixels = ({ size }: CocoRle) => size[0] * size[1];
const total = (runs: ArrayLike<number>) => Array.from(runs).reduce((sum, run) => sum + run, 0);
const rleOf = ({ size, counts }: Rle): Rle => ({ size, counts });

/** Compares a mask with area, box and the runs of its pixels. What pycocotools leaves undefined, pixels behind the last run, is background here. */
function expectMeasures(rle: CocoRle, expected: Partial<Measured>): void {
  if (expected.area !== undefined) expect(mask.area(rle)).toBe(expected.area);
  if (expected.bbox) expect(mask.toBbox(rle, { strict: false })).toEqual(expected.bbox);
  if (expected.bbox && mask.area(rle) === 0) expect(mask.toBbox(rle)).toEqual([0, 0, 0, 0]);
  const complete = typeof rle.counts === 'string' && total(mask.countsOf(rle.counts)) === pixels(rle);
  if (expected.runs_of_decoded && complete) {
    expect([...mask.countsOf(mask.encode(mask.decode(rle)).counts)]).toEqual(expected.runs_of_decoded);
  }
}

/** Every kind of vector of `rle_vectors.json`, and how one of it is compared. */
const comparisons: { [K in keyof Vectors]: (vector: Vectors[K] extends (infer One)[] ? One : Vectors[K]) => void } = {
  encode(vector) {
    const rle = mask.encode(bitmap(vector.rows));
    expect(rle).toEqual(rleOf(vector));
    expect([...mask.countsOf(rle.counts)]).toEqual(vector.runs);
    expect(mask.decode(rle)).toEqual(bitmap(vector.rows));
    expectMeasures(rle, vector);
  },
  runs_to_string(vector) {
    expect(mask.stringOf(vector.runs)).toBe(vector.counts);
    expect([...mask.countsOf(vector.counts)]).toEqual(vector.runs);
    expect(mask.frPyObjects({ size: vector.size, counts: vector.runs }, ...vector.size)).toEqual(rleOf(vector));
    expectMeasures(vector, vector);
  },
  polygon(vector) {
    const [rle] = mask.frPyObjects([vector.xy], vector.h, vector.w, { strict: false });
    expect(rle).toEqual(rleOf(vector));
    expectMeasures(rle, vector);
  },
  box(vector) {
    const [rle] = mask.frPyObjects([vector.xywh], vector.h, vector.w);
    expect(rle).toEqual(rleOf(vector));
    expectMeasures(rle, vector);
  },
  merge(vector) {
    expect(mask.merge(vector.in)).toEqual(vector.union);
    expect(mask.merge(vector.in, true)).toEqual(vector.intersection);
  },
  merge_size_mismatch: (vector) => expect(mask.merge(vector.in)).toEqual(vector.union),
  mask_iou: (vector) => expect(mask.iou(vector.dt, vector.gt, vector.iscrowd)).toEqual(vector.iou),
  mask_iou_size_mismatch: (vector) => expect(mask.iou(vector.dt, vector.gt, vector.iscrowd)).toEqual(vector.iou),
  box_iou: (vector) => expect(mask.iou(vector.dt, vector.gt, vector.iscrowd)).toEqual(vector.iou),
  too_long(vector) {
    expect([...mask.countsOf(vector.counts)]).toEqual(vector.runs);
    expect(() => mask.decode(vector)).toThrow(CocoError);
    expect(() => mask.decode(vector, { strict: false })).toThrow(CocoError);
  },
};

const kind = 'evaluation/rle_vectors.json';

test.skipIf(!hasGolden(kind))('run-length masks equal those of pycocotools', () => {
  const vectors = goldenJson<Record<string, unknown>>(kind);
  let count = 0;
  for (const [name, list] of Object.entries(vectors)) {
    const compare = comparisons[name as keyof Vectors] as ((vector: unknown) => void) | undefined;
    if (!compare) throw new Error(`${kind}: ${name}: no comparison is known for this kind of vector`);
    for (const vector of Array.isArray(list) ? list : [list]) {
      compare(vector);
      count++;
    }
  }
  compared(kind, count);
});

interface Published {
  boxes_20x20: { xywh: number[][]; rle: Rle[]; union: Rle; intersection: Rle };
  uncompressed: { size: [number, number]; runs: number[]; counts: string };
  run_lengths: { vector: number[]; runs: number[] }[];
  two_by_two: { rows: string[]; counts: string }[];
  to_bbox: { rows?: string[]; h?: number; w?: number; bbox: number[] }[];
  leading_zero_runs: Rle & { bbox: number[]; area: number };
}

// The third party's data are not copied into the project.
const publishedFolder =
  process.env.ONEBIT_GOLDEN ?? fileURLToPath(new URL('../../../../shared/golden', import.meta.url));
const publishedKind = 'evaluation/third-party/rle-published.json';
const publishedPath = join(publishedFolder, publishedKind);
const missing = existsSync(publishedPath) ? '' : ` (skipped: no ${publishedPath}; set ONEBIT_GOLDEN)`;

describe.skipIf(missing !== '')(`masks published by others${missing}`, () => {
  test('come out to the character', () => {
    const published: Published = JSON.parse(readFileSync(publishedPath, 'utf8'));
    const { boxes_20x20: boxes, uncompressed, leading_zero_runs: leading } = published;
    const [{ size }] = boxes.rle;
    expect(mask.frPyObjects(boxes.xywh, ...size)).toEqual(boxes.rle);
    expect(mask.merge(boxes.rle)).toEqual(boxes.union);
    expect(mask.merge(boxes.rle, true)).toEqual(boxes.intersection);
    expect(mask.frPyObjects({ size: uncompressed.size, counts: uncompressed.runs }, ...uncompressed.size)).toEqual(
      rleOf(uncompressed),
    );
    for (const { vector, runs } of published.run_lengths) {
      const { counts } = mask.encode({ height: vector.length, width: 1, data: Uint8Array.from(vector) });
      expect([...mask.countsOf(counts)]).toEqual(runs);
    }
    for (const { rows, counts } of published.two_by_two) expect(mask.encode(bitmap(rows)).counts).toBe(counts);
    for (const vector of published.to_bbox) expect(mask.toBbox(mask.encode(drawn(vector)))).toEqual(vector.bbox);
    expect(mask.toBbox(leading)).toEqual(leading.bbox);
    expect(mask.toBbox(mask.encode(mask.decode(leading)))).toEqual(leading.bbox);
    expect(mask.area(leading)).toBe(leading.area);
    compared(
      publishedKind,
      boxes.rle.length + 4 + published.run_lengths.length + published.two_by_two.length + published.to_bbox.length,
    );
  });
});

/** A mask from its rows, or from a key such as `ones_rows_2_4_cols_3_6` whose ends are excluded. */
function drawn(vector: Published['to_bbox'][number]) {
  if (vector.rows) return bitmap(vector.rows);
  const { h: height = 0, w: width = 0 } = vector;
  const key = Object.keys(vector).find((name) => name.startsWith('ones_rows_')) ?? '';
  const [top, bottom, left, right] = (key.match(/\d+/g) ?? []).map(Number);
  const data = new Uint8Array(height * width);
  for (let y = top; y < bottom; y++) data.fill(1, y * width + left, y * width + right);
  return { height, width, data };
}
