import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { VocError } from '../errors.js';
import { detectron2Decimals, parseResults, serializeResults, type VocDetection } from './detections.js';
import { listSegmentationResults, readDetectionResults, writeDetectionResults } from './folders.js';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const detection: fc.Arbitrary<VocDetection> = fc.record({
  image: fc.string({ minLength: 1 }).filter((text) => /^[^\s\uFEFF]+$/.test(text)),
  score: finite,
  box: fc.record({ xmin: finite, ymin: finite, xmax: finite, ymax: finite }),
});

const made: string[] = [];
afterEach(async () => {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true });
});
async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'voc-results-'));
  made.push(folder);
  return folder;
}

describe('results files', () => {
  test('what was written reads back to the bit', () => {
    fc.assert(
      fc.property(fc.array(detection), (rows) => {
        expect(parseResults(serializeResults(rows), 'a.txt')).toEqual(rows);
      }),
    );
  });

  test('trailing blanks, CR LF, empty lines, a byte order mark and exponents are read', () => {
    const text = '\uFEFF000004 0.702732 89 112 516 466  \r\n\r\n  000006\t8.7e-1 1e2 -1.5 .5 10.\r\n';
    expect(parseResults(text, 'a.txt')).toEqual([
      { image: '000004', score: 0.702732, box: { xmin: 89, ymin: 112, xmax: 516, ymax: 466 } },
      { image: '000006', score: 0.87, box: { xmin: 100, ymin: -1.5, xmax: 0.5, ymax: 10 } },
    ]);
  });

  test.each([
    ['a 0.5 1 2 3\n', /^a\.txt:1: must be "image score xmin ymin xmax ymax", found "a 0\.5 1 2 3"/],
    ['a 1 1 2 3 4\na nan 1 2 3 4', /^a\.txt:2: score: must be a finite number, found "nan"/],
    ['a 1 1 2 inf 4', /^a\.txt:1: xmax: must be a finite number, found "inf"/],
    ['a 1 1 2 3 4 5', /^a\.txt:1: must be/],
    ['a 0x1 1 2 3 4', /score/],
  ])('refuses %j by line and field', (text, message) => {
    expect(() => parseResults(text, 'a.txt')).toThrow(message);
  });

  test('decimals of other tools on request', () => {
    const rows = [{ image: 'a', score: 0.12345, box: { xmin: 1.26, ymin: 2, xmax: 3.04, ymax: 4 } }];
    expect(serializeResults(rows, detectron2Decimals)).toBe('a 0.123 1.3 2.0 3.0 4.0\n');
    expect(serializeResults(rows)).toBe('a 0.12345 1.26 2 3.04 4\n');
  });

  test('refuses to write what cannot be read back', () => {
    const box = { xmin: 1, ymin: 2, xmax: 3, ymax: 4 };
    expect(() => serializeResults([{ image: 'a b', score: 1, box }])).toThrow(/results:1: image: .*found "a b"/);
    expect(() => serializeResults([{ image: 'a', score: Number.NaN, box }])).toThrow(/score: .*found NaN/);
  });

  test('changed text gives detections or a VocError', () => {
    const text = '000004 0.702732 89 112 516 466\n000006 8.7e-1 1e2 -1.5 .5 10.\n';
    fc.assert(
      fc.property(fc.nat(text.length), fc.string({ maxLength: 3 }), (at, piece) => {
        try {
          parseResults(text.slice(0, at) + piece + text.slice(at + 1), 'a.txt');
        } catch (error) {
          expect(error).toBeInstanceOf(VocError);
        }
      }),
    );
  });
});

describe('folders of results', () => {
  const rows = (image: string): VocDetection[] => [{ image, score: 1, box: { xmin: 1, ymin: 2, xmax: 3, ymax: 4 } }];
  const comp4 = { competition: 'comp4', set: 'test' };

  test('what was written is found by class, and missing classes are named', async () => {
    const folder = join(await temporary(), 'Main');
    const written = new Map([
      ['car', rows('1')],
      ['potted_plant', rows('2')],
    ]);
    await writeDetectionResults(folder, written, comp4);
    expect((await readDetectionResults(folder)).detections).toEqual(written);
    const { detections, missing } = await readDetectionResults(join(folder, '..'), {
      classes: ['potted_plant', 'dog'],
    });
    expect([[...detections.keys()], missing]).toEqual([['potted_plant'], ['dog']]);
  });

  test('two files of a class need a choice', async () => {
    const folder = await temporary();
    await writeDetectionResults(folder, new Map([['car', rows('1')]]), comp4);
    await writeDetectionResults(folder, new Map([['car', rows('2')]]), { competition: 'comp3', set: 'test' });
    await expect(readDetectionResults(folder)).rejects.toThrow(
      /the only results of car, found comp3_det_test_car\.txt/,
    );
    const { detections } = await readDetectionResults(folder, { competition: 'comp4' });
    expect(detections.get('car')).toEqual(rows('1'));
  });

  test('files named after the class alone count when the classes are known; a folder without any is an error', async () => {
    const folder = await temporary();
    await writeFile(join(folder, 'car.txt'), 'a 1 1 2 3 4\n');
    await expect(readDetectionResults(folder)).rejects.toThrow(/must hold results files like comp4_det_test_car.txt/);
    expect((await readDetectionResults(folder, { classes: ['car'] })).detections.get('car')).toEqual(rows('a'));
  });

  test('predicted masks are found in the layout of the devkit', async () => {
    const root = await temporary();
    await expect(listSegmentationResults(root)).rejects.toThrow(/must hold masks like 2007_000033.png, found none/);
    const folder = join(root, 'Segmentation', 'comp6_val_cls');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, '2007_000033.png'), '');
    const expected = new Map([['2007_000033', join(folder, '2007_000033.png')]]);
    expect(await listSegmentationResults(root, { competition: 'comp6', set: 'val' })).toEqual(expected);
    expect(await listSegmentationResults(folder)).toEqual(expected);
  });
});
