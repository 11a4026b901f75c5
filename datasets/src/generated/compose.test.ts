import { beforeAll, describe, expect, test } from 'vitest';
import { collectArt, type PartArt } from './art.js';
import { composeScene, type Scene } from './compose.js';
import { CutOutCache } from './cut-outs.js';
import { vocMasks } from './labels.js';
import type { ArtSetup } from './options.js';
import { type generatedParts, partStyles } from './styles.js';

const setup: ArtSetup = {
  kind: 'art',
  seed: 11,
  classes: ['bus', 'chair', 'diningtable'],
  sizes: [24, 220],
  objectsPerScene: [1, 8],
  imageSize: [96, 80],
  classFrequency: 'even',
};
const scenes: Scene[] = [];
const cache = new CutOutCache();
let art: PartArt;

beforeAll(async () => {
  ({ art } = await collectArt('train', setup.classes));
  for (let index = 0; index < 200; index++) scenes.push(await composeScene(setup, 'train', art, index, cache));
});

/** The tight hull and the number of the pixels with a value. */
function measure({ objectMap, width, height }: Scene, value: number): { box: number[]; count: number } {
  let [x1, y1, x2, y2, count] = [width, height, 0, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (objectMap[y * width + x] !== value) continue;
      [x1, y1, x2, y2] = [Math.min(x1, x), Math.min(y1, y), Math.max(x2, x + 1), Math.max(y2, y + 1)];
      count++;
    }
  }
  return { box: [x1, y1, x2, y2], count };
}

describe('composeScene', () => {
  test('boxes are the tight hulls of what is visible', () => {
    for (const scene of scenes) {
      scene.objects.forEach(({ box, visible }, i) => {
        expect(measure(scene, i + 1)).toEqual({ box: [...box], count: visible });
        expect(visible).toBeGreaterThanOrEqual(20);
      });
    }
  });

  test('a scene is the same when it is made again, alone, with an empty cache', async () => {
    const again = await composeScene(setup, 'train', art, 137, new CutOutCache());
    expect(again.objects).toEqual(scenes[137].objects);
    expect(Buffer.compare(again.rgb, scenes[137].rgb)).toBe(0);
  });

  test('objects are about as many as in VOC, with crowds in about 3 % of the scenes', () => {
    const single = scenes.flatMap(({ objects }) => objects.filter(({ crowd }) => !crowd));
    expect(single.length / scenes.length).toBeGreaterThan(1.9); // 2.5 are drawn; places for all of them are not always found
    expect(single.length / scenes.length).toBeLessThan(2.8);
    const crowds = scenes.filter(({ objects }) => objects.some(({ crowd }) => crowd)).length;
    expect(crowds).toBeGreaterThanOrEqual(1); // 6 expected of 200; 1 to 14 is beyond four deviations
    expect(crowds).toBeLessThanOrEqual(14);
  });

  test('crowds, nearly hidden and tiny objects are difficult, and others are not', () => {
    for (const { objects } of scenes) {
      for (const { difficult, crowd, box, occluded, truncated } of objects) {
        const side = Math.max(box[2] - box[0], box[3] - box[1]);
        if (crowd || side < 12) expect(difficult).toBe(true);
        else if (!occluded && !truncated) expect(difficult).toBe(false);
      }
    }
    const all = scenes.flatMap(({ objects }) => objects);
    for (const flag of ['occluded', 'truncated', 'difficult'] as const) {
      const share = all.filter((object) => object[flag]).length / all.length;
      expect(share, flag).toBeGreaterThan(0.01);
      expect(share, flag).toBeLessThan(0.6);
    }
  });

  test('a void band of one pixel on each side parts the objects in the masks', () => {
    for (const scene of scenes.slice(0, 20)) {
      const { width, height, objectMap } = scene;
      const { objectMask, classMask } = vocMasks(scene, width, height);
      const expected = objectMap.map((own, i) => {
        const x = i % width;
        const near = [i - width, i + width, ...(x > 0 ? [i - 1] : []), ...(x + 1 < width ? [i + 1] : [])];
        return near.some((n) => objectMap[n] !== undefined && objectMap[n] !== own) ? 255 : own;
      });
      expect(Buffer.compare(objectMask, expected)).toBe(0);
      const classes = expected.map((n) => (n === 0 || n === 255 ? n : scene.objects[n - 1].label + 1));
      expect(Buffer.compare(classMask, classes)).toBe(0);
    }
  });

  test('no two classes can be told apart by their background', () => {
    // Mean colours of the pictures, by the first object's class: the difference must be within what chance explains.
    const means = setup.classes.map((_, label) => {
      const own = scenes.filter(({ objects }) => objects[0]?.label === label);
      const levels = own.map(({ rgb }) => rgb.reduce((a, b) => a + b, 0) / rgb.length);
      return levels.reduce((a, b) => a + b, 0) / levels.length;
    });
    // Means of about 60 pictures whose level varies by about 40 have a deviation of about 5.
    expect(Math.max(...means) - Math.min(...means)).toBeLessThan(30);
  });
});

test('unseen parts share no style, no table and no texture with training', async () => {
  const keys = async (part: (typeof generatedParts)[number]) => {
    const { art: found } = await collectArt(part, setup.classes);
    return [...found.classes.flat(2), ...found.distractors].map(({ key }) => key);
  };
  const trainingSets = new Set((await keys('train')).map((key) => key.split('/')[0]));
  const trainingKeys = new Set(await keys('train'));
  for (const part of ['val-unseen', 'test-unseen', 'test-shape'] as const) {
    for (const key of await keys(part)) {
      expect(trainingKeys.has(key), key).toBe(false);
      if (!key.startsWith('table/')) expect(trainingSets.has(key.split('/')[0]), key).toBe(false);
    }
    expect(partStyles[part].textures.filter((kind) => partStyles.train.textures.includes(kind))).toEqual([]);
  }
  expect(await keys('val-seen')).toEqual(await keys('train'));
});
