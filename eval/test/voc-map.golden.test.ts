import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  compared,
  goldenCases,
  goldenFile,
  goldenFolder,
  goldenJson,
  hasGolden,
  thirdPartyFolder,
} from '../../test/golden.js';
import { type Box, type VocMapResult, type VocRule, vocMap } from '../src/index.js';

interface Annotations {
  classes: string[];
  imageset: string[];
  images: Record<string, { objects: { name: string; difficult: number; bbox: Box }[] }>;
}
type Detections = Record<string, [image: string, score: number, ...box: Box][]>;
interface ExpectedClass {
  ap_07: number | 'NaN';
  ap_area: number | 'NaN';
}
interface ExpectedRun {
  per_class: Record<string, ExpectedClass>;
  map_07: number | 'NaN';
  map_area: number | 'NaN';
}

const rules: Record<string, VocRule> = { plus_one: 'python', ssd: 'ssd' };

/** `plus_one@0.5` -> rule and threshold; other runs (another order of ties) are for information only. */
function parseRun(name: string): { rule: VocRule; iou: number } | undefined {
  const [rule, iou] = name.split('@');
  return rules[rule] === undefined ? undefined : { rule: rules[rule], iou: Number(iou) };
}

function evaluate(folder: string, rule: VocRule, iou: number): Record<'07' | 'area', VocMapResult> {
  const { classes, imageset, images } = goldenJson<Annotations>(`${folder}/annotations.json`);
  const files = goldenJson<Detections>(`${folder}/detections.json`);
  const truths = imageset.map((id) => ({
    id,
    objects: images[id].objects.map(({ name, difficult, bbox }) => ({
      box: bbox,
      label: classes.indexOf(name),
      difficult: difficult === 1,
    })),
  }));
  const detections = Object.entries(files).flatMap(([name, rows]) =>
    rows.map(([image, score, ...box]) => ({ image, score, box, label: classes.indexOf(name) })),
  );
  const run = (metric: '11-point' | 'area') =>
    vocMap(detections, truths, { classes, metric, rule, iou, coordinates: 'voc-file' });
  return { '07': run('11-point'), area: run('area') };
}

const value = (text: number | 'NaN') => (text === 'NaN' ? Number.NaN : text);
const folders = goldenCases('evaluation', /^voc_/).map((name) => `evaluation/${name}`);

describe.skipIf(folders.length === 0)('VOC curves equal the reference evaluators bit for bit', () => {
  test.each(folders)('%s', (folder) => {
    const file = goldenFile(`${folder}/expected.safetensors`);
    const expected = goldenJson<Record<string, ExpectedRun>>(`${folder}/expected.json`);
    let [tensors, means] = [0, 0];
    for (const runName of Object.keys(expected)) {
      const run = parseRun(runName);
      if (run === undefined) continue;
      const results = evaluate(folder, run.rule, run.iou);
      results['07'].perClass.forEach(({ name, recall, precision, ap, detections }, label) => {
        const want = (what: string) => [...(file.tensors.get(`${runName}/${name}/${what}`)!.data as Float64Array)];
        // The ssd evaluator stores -1 in place of the curve of a class without detections.
        const absent = run.rule === 'ssd' && detections === 0;
        expect(absent ? [-1] : [...recall], `${runName} ${name} recall`).toEqual(want('rec'));
        expect(absent ? [-1] : [...precision], `${runName} ${name} precision`).toEqual(want('prec'));
        expect([ap, results.area.perClass[label].ap], `${runName} ${name} AP`).toEqual(want('ap'));
        tensors += 3;
      });
      expect(results['07'].mAP).toBe(value(expected[runName].map_07));
      expect(results.area.mAP).toBe(value(expected[runName].map_area));
      means += 2;
    }
    compared(`${folder}/expected.safetensors`, tensors);
    compared(`${folder}/expected.json`, means);
  });
});

// Not part of the project's own copy: read in place.
const published = join(relative(goldenFolder, thirdPartyFolder), 'voc2012-100-images');
test.skipIf(!hasGolden(published))(`a published set of 100 VOC images; needs ${published}`, comparePublished);

function comparePublished(): void {
  const expected = goldenJson<Record<string, Record<string, ExpectedClass> | string>>(`${published}/expected.json`);
  let values = 0;
  for (const [runName, classes] of Object.entries(expected)) {
    const run = parseRun(runName);
    if (run === undefined || typeof classes === 'string') continue;
    const results = evaluate(published, run.rule, run.iou);
    results['07'].perClass.forEach(({ name, ap }, label) => {
      expect(ap, `${runName} ${name} 11-point`).toBe(value(classes[name].ap_07));
      expect(results.area.perClass[label].ap, `${runName} ${name} area`).toBe(value(classes[name].ap_area));
      values += 2;
    });
  }
  compared('evaluation/third-party/voc2012-100-images/expected.json', values);
}
