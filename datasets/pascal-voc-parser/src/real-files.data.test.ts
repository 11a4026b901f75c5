import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findVocRoots, parseAnnotation, readMask, serializeAnnotation, VocFolder, writeMask } from './index.js';

const folder = process.env.ONEBIT_DATASETS;

// Run by `npm run test:data` where the folder of data sets is there.
describe.skipIf(folder === undefined)('every annotation and mask of real data sets is read and comes back', () => {
  test.each(folder === undefined ? [] : readdirSync(folder))('%s', async (name) => {
    for (const { path } of await findVocRoots(join(folder!, name))) {
      const voc = await VocFolder.open(path);
      for (const id of voc.ids) {
        const annotation = await voc.annotation(id);
        expect(parseAnnotation(serializeAnnotation(annotation), id)).toEqual(annotation);
        for (const mask of [voc.classMaskPath(id), voc.objectMaskPath(id)]) {
          if (mask === undefined) continue;
          const read = readMask(readFileSync(mask), mask);
          const again = readMask(writeMask(read), mask);
          expect([again.width, again.height]).toEqual([read.width, read.height]);
          expect(Buffer.compare(again.labels, read.labels)).toBe(0);
        }
      }
    }
  });
});
