import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  findVocRoots,
  parseImageList,
  readDetectionResults,
  type VocAnnotation,
  type VocBox,
  VocFolder,
} from '../datasets/pascal-voc-parser/src/index.js';
import { type Box, type VocRule, vocMap } from '../eval/src/index.js';
import { compared, goldenCases, goldenFolder, goldenJson, goldenText, hasGolden, thirdPartyFolder } from './golden.js';

interface Annotations {
  readonly classes: readonly string[];
  readonly imageset: readonly string[];
  readonly images: Record<string, { readonly objects: readonly { name: string; difficult: number; bbox: Box }[] }>;
}
type Runs = Record<string, { readonly map_07: number | 'NaN'; readonly map_area: number | 'NaN' }>;

const rules: Record<string, VocRule> = { plus_one: 'python', ssd: 'ssd' };
const sides = ({ xmin, ymin, xmax, ymax }: VocBox): Box => [xmin, ymin, xmax, ymax];
const folders = goldenCases('evaluation', /^voc_/).map((name) => `evaluation/${name}`);

/** From XML, image set and results files, by the parser alone. */
async function readFiles(folder: string, classes: readonly string[]) {
  const root = join(goldenFolder, folder, 'files');
  const [{ path }] = await findVocRoots(root);
  const voc = await VocFolder.open(path);
  const annotations = new Map<string, VocAnnotation>();
  for (const { id } of parseImageList(goldenText(`${folder}/files/imageset.txt`), 'imageset.txt')) {
    annotations.set(id, await voc.annotation(id));
  }
  return { annotations, detections: (await readDetectionResults(root, { classes })).detections };
}

describe.skipIf(!folders.some((folder) => hasGolden(`${folder}/files`)))('mAP from VOC files end to end', () => {
  test.each(folders.filter((folder) => hasGolden(`${folder}/files`)))('%s', async (folder) => {
    const { classes, imageset, images } = goldenJson<Annotations>(`${folder}/annotations.json`);
    const { annotations, detections } = await readFiles(folder, classes);
    expect([...annotations.keys()]).toEqual(imageset);
    const truths = [...annotations].map(([id, { objects }]) => {
      const wanted = images[id].objects.map(({ name, difficult, bbox }) => [name, difficult === 1, bbox]);
      expect(objects.map(({ name, difficult, box }) => [name, difficult, sides(box)])).toEqual(wanted);
      return {
        id,
        objects: objects.map(({ name, difficult, box }) => ({
          label: classes.indexOf(name),
          difficult,
          box: sides(box),
        })),
      };
    });
    const found = [...detections].flatMap(([name, rows]) =>
      rows.map(({ image, score, box }) => ({ image, score, box: sides(box), label: classes.indexOf(name) })),
    );
    let values = 0;
    for (const [name, run] of Object.entries(goldenJson<Runs>(`${folder}/expected.json`))) {
      const [rule, iou] = name.split('@');
      if (rules[rule] === undefined) continue;
      for (const [metric, expected] of [
        ['11-point', run.map_07],
        ['area', run.map_area],
      ] as const) {
        const options = { classes, metric, rule: rules[rule], iou: Number(iou), coordinates: 'voc-file' } as const;
        expect(vocMap(found, truths, options).mAP, `${name} ${metric}`).toBe(Number(expected));
        values++;
      }
    }
    compared(`${folder}/expected.json`, values);
  });
});

const published = join(thirdPartyFolder, 'voc2012-100-images');
test.skipIf(!existsSync(published))(
  `published annotations are read as others read them; needs ${published}`,
  async () => {
    const { images } = JSON.parse(readFileSync(join(published, 'annotations.json'), 'utf8')) as Annotations;
    const voc = await VocFolder.open(published);
    for (const [id, { objects }] of Object.entries(images)) {
      const found = (await voc.annotation(id)).objects;
      expect(found.map(({ name, difficult, box }) => [name, difficult, sides(box)])).toEqual(
        objects.map(({ name, difficult, bbox }) => [name, difficult === 1, bbox]),
      );
    }
  },
);
