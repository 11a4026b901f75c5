import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { vocMap } from '@onebit/eval';
import { serializeAnnotation, writeDetectionResults } from 'pascal-voc-parser';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EvaluationDocument } from '../src/scoring/evaluation.js';
import { runMain } from './support/in-process.js';
import { scratchFolder } from './support/runs.js';

const folder = await scratchFolder();
const at = (...parts: string[]) => join(folder, ...parts);
const classes = ['cat', 'dog', 'red car'];

/** Objects and detections of pictures `p0`, `p1`, …: 0-based pixels [x, y, w, h], shifted from picture to picture. */
const objects = Array.from({ length: 12 }, (_, i) => ({
  image: i % 5,
  label: i % 3,
  bbox: [3 + 9 * i, 5 + i, 20 + i, 30] as const,
}));
const found = objects.flatMap(({ image, label, bbox: [x, y, w, h] }, i) => [
  { image, label, bbox: [x + (i % 4), y, w, h] as const, score: 0.9 - 0.05 * i },
  ...(i % 3 === 0 ? [{ image, label: (label + 1) % 3, bbox: [x, y + 2, w, h] as const, score: 0.5 }] : []),
]);

beforeAll(async () => {
  await writeCoco();
  await writeVoc();
});

async function writeCoco(): Promise<void> {
  const gt = {
    images: [0, 1, 2, 3, 4].map((i) => ({ id: 70 + i, file_name: `p${i}.jpg`, width: 200, height: 100 })),
    categories: classes.map((name, i) => ({ id: 10 * (i + 1), name })),
    annotations: objects.map(({ image, label, bbox }, i) => ({
      ...{ id: i + 1, image_id: 70 + image, category_id: 10 * (label + 1), bbox, area: bbox[2] * bbox[3], iscrowd: 0 },
    })),
  };
  const dt = found.map(({ image, label, bbox, score }) => ({
    ...{ image_id: 70 + image, category_id: 10 * (label + 1), bbox, score },
  }));
  await writeFile(at('gt.json'), JSON.stringify(gt));
  await writeFile(at('dt.json'), JSON.stringify(dt));
  await writeFile(at('worse.json'), JSON.stringify(dt.map((one) => ({ ...one, score: 1 - one.score }))));
  await writeFile(
    at('zero.json'),
    JSON.stringify({ ...gt, annotations: gt.annotations.map((one, i) => ({ ...one, id: i })) }),
  );
}

const vocBox = ([x, y, w, h]: readonly [number, number, number, number]) => ({
  ...{ xmin: x + 1, ymin: y + 1, xmax: x + w, ymax: y + h },
});

async function writeVoc(): Promise<void> {
  for (const name of ['Annotations', 'ImageSets/Main']) await mkdir(at('VOC2007', name), { recursive: true });
  await writeFile(at('VOC2007/ImageSets/Main/test.txt'), 'p0\np1\np2\np3\np4\n');
  for (const image of [0, 1, 2, 3, 4]) {
    const inImage = objects
      .filter((object) => object.image === image)
      .map(({ label, bbox }) => ({ name: classes[label], difficult: false, box: vocBox(bbox), parts: [] }));
    await writeFile(at(`VOC2007/Annotations/p${image}.xml`), serializeAnnotation({ objects: inImage }));
  }
  const rows = classes.map((name, label) => {
    const own = found.filter((one) => one.label === label);
    return [name, own.map(({ image, score, bbox }) => ({ image: `p${image}`, score, box: vocBox(bbox) }))] as const;
  });
  await writeDetectionResults(at('voc-results'), new Map(rows), { competition: 'comp4', set: 'test' });
}

async function evaluated(line: string): Promise<EvaluationDocument> {
  const { stdout, stderr, code } = await runMain(['eval', ...line.split(' '), '--json']);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

describe('VOC mAP', () => {
  const truths = [0, 1, 2, 3, 4].map((image) => ({
    id: `p${image}`,
    objects: objects
      .filter((object) => object.image === image)
      .map(({ label, bbox: [x, y, w, h] }) => ({ label, box: [x, y, x + w, y + h] as const })),
  }));
  const detections = found.map(({ image, label, score, bbox: [x, y, w, h] }) => ({
    ...{ image: `p${image}`, label, score, box: [x, y, x + w, y + h] as const },
  }));

  test.each([
    ['voc07', '11-point', 'devkit'],
    ['voc12', 'area', 'devkit'],
    ['voc07-python', '11-point', 'python'],
    ['voc12-python', 'area', 'python'],
  ] as const)('%s is one number, whatever the files', async (name, metric, rule) => {
    const { mAP, perClass } = vocMap(detections, truths, { classes, metric, rule });
    const results = [
      `--gt ${at('gt.json')} --dt ${at('dt.json')}`,
      `--gt ${at('gt.json')} --dt ${at('voc-results')}`,
      `--gt ${at('VOC2007')} --split test --dt ${at('voc-results', 'comp4_det_test_*.txt')}`,
    ];
    for (const files of results) {
      const { scores } = await evaluated(`${files} --metric ${name}`);
      expect(scores[0].measures).toEqual([{ name: 'mAP@0.5', value: mAP }]);
      expect(scores[0].perClass.map(({ values }) => values.AP)).toEqual(perClass.map(({ ap }) => ap));
    }
  });

  test('voc07-ssd moves the objects of VOC files alone', async () => {
    const files = `--gt ${at('VOC2007')} --split test --dt ${at('voc-results')}`;
    const { scores } = await evaluated(`${files} --metric voc07-ssd --metric voc07 --iou 0.9`);
    expect(scores.map(({ metric }) => metric)).toEqual(['voc07-ssd', 'voc07']);
    expect(scores[0].measures[0].value).toBeLessThan(scores[1].measures[0].value ?? 0);
  });
});

test('coco-bbox, tide and a comparison: a document and a page with every figure', async () => {
  const out = at('report');
  const line = `--gt ${at('gt.json')} --dt ${at('dt.json')} --against ${at('worse.json')} --bootstrap 60 -o ${out}`;
  const document = await evaluated(`${line} --metric coco-bbox --metric tide --area-ranges tiny=0:700`);
  const [coco, tide] = document.scores;
  expect(coco.text).toMatch(
    /^ Average Precision {2}\(AP\) @\[ IoU=0\.50:0\.95 \| area= {3}all \| maxDets=100 \] = 0\.\d{3}\n/,
  );
  expect(coco.measures.map(({ name }) => name)).toEqual([
    ...['AP', 'AP50', 'AP75', 'AP small', 'AP medium', 'AP large', 'AR@1', 'AR@10', 'AR@100'],
    ...['AR small', 'AR medium', 'AR large', 'AP tiny', 'AR tiny'],
  ]);
  const [{ value, interval, against }] = coco.measures;
  expect(interval?.low).toBeLessThanOrEqual(value ?? 0);
  expect(against?.difference).toBeGreaterThan(0);
  expect(coco.perClass.every((row) => row.interval && row.against)).toBe(true);
  expect(tide.measures[0].name).toBe('AP@0.5');
  const matrix = coco.plots.find(({ kind }) => kind === 'confusion');
  const sum =
    matrix?.kind === 'confusion'
      ? matrix.counts
          .slice(0, 3)
          .flat()
          .reduce((a, b) => a + b, 0)
      : 0;
  expect(sum).toBe(objects.length);
  const figures = [
    ...coco.plots.map(({ id }) => `coco-bbox-${id}.svg`),
    ...tide.plots.map(({ id }) => `tide-${id}.svg`),
  ];
  expect((await readdir(out)).sort()).toEqual([...figures, 'report.html', 'results.json'].sort());
  const html = await readFile(join(out, 'report.html'), 'utf8');
  expect(html).not.toMatch(/NaN|undefined|\[object|<script|(src|href)="(?!data:)/);
  const again = await evaluated(`${line} --metric coco-bbox --metric tide --area-ranges tiny=0:700`);
  expect(again).toEqual(document);
});

test('annotation id 0 is refused, mended by --renumber, or taken as pycocotools does', async () => {
  const files = `--dt ${at('dt.json')} --metric coco-bbox`;
  const refused = await runMain(['eval', '--gt', at('zero.json'), ...files.split(' ')]);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringMatching(/must not be 0.*--renumber.*\[ERR_DATA\]\n$/),
  ]);
  const scoreOf = async (gt: string) => (await evaluated(`--gt ${gt} ${files}`)).scores[0];
  const sound = await scoreOf(at('gt.json'));
  const mended = await scoreOf(`${at('zero.json')} --renumber`);
  const lenient = await scoreOf(`${at('zero.json')} --lenient`);
  expect(mended.measures).toEqual(sound.measures);
  expect(lenient.measures[0].value).toBeLessThan(sound.measures[0].value ?? 0);
  expect(lenient.notes.join()).toContain('must not be 0');
});

describe('wrong input is one clear error, and nothing is written', () => {
  const files = () => `--gt ${at('gt.json')} --dt ${at('dt.json')}`;
  test.each<[string, () => string, RegExp]>([
    ['no metric', files, /--metric must be given: coco-bbox, coco-segm, voc07/],
    ['unknown metric', () => `${files()} --metric coco-box`, /--metric must be one of coco-bbox, .*pq, got "coco-box"/],
    ['only one side', () => `--gt ${at('gt.json')} -m voc07`, /expected RUN, or --gt and --dt/],
    ['RUN and files', () => `runs/x ${files()} -m voc07`, /RUN and --gt cannot be given together/],
    [
      'metric of masks for a run',
      () => 'runs/x -m miou-voc',
      /RUN finds boxes, but --metric miou-voc compares label maps/,
    ],
    ['option of a run', () => `${files()} -m voc07 --checkpoint best`, /--checkpoint belongs to RUN/],
    [
      'idle option',
      () => `${files()} -m voc07 --max-dets 1,10,100`,
      /--max-dets has no meaning for voc07; .*coco-bbox/,
    ],
    ['no file', () => `--gt ${at('nothing')} --dt x -m voc07`, /nothing: there is no such file or folder/],
    ['exchanged', () => `--gt ${at('dt.json')} --dt ${at('gt.json')} -m coco-bbox`, /Were --gt and --dt exchanged\?/],
    [
      'other kind',
      () => `--gt ${at('VOC2007')} --dt ${at('dt.json')} -m coco-bbox`,
      /expected a JSON object .*found a VOC devkit/,
    ],
    ['no split', () => `--gt ${at('VOC2007')} --dt ${at('voc-results')} -m voc07`, /must be named: --split test/],
    ['idle split', () => `${files()} --split test -m voc07`, /--split is for a VOC devkit/],
    ['broken range', () => `${files()} -m coco-bbox --area-ranges small=5`, /expected NAME=LOW:HIGH/],
    ['two limits', () => `${files()} -m coco-bbox --max-dets 1,10`, /expected three limits/],
    ['broken draws', () => `${files()} -m voc07 --bootstrap 1`, /samples/],
    ['masks of boxes', () => `${files()} -m miou-voc`, /expected a folder of PNG files.*found a JSON object/],
  ])('%s', async (_, line, message) => {
    const { stdout, stderr, code } = await runMain(['eval', ...line().split(' '), '-o', at('never'), '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).error.message).toMatch(message);
    expect(stderr).not.toMatch(/\n +at /);
    expect(await readdir(folder)).not.toContain('never');
  });
});
