import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COCO, type CocoResult } from 'cocoapi-js';
import { expect, test } from 'vitest';
import { compared, thirdPartyFolder } from '../../test/golden.js';
import { type TideOptions, tideErrorTypes, tideOfCoco } from '../src/index.js';

interface ExpectedRun {
  readonly AP50: number;
  readonly AP_per_threshold: readonly number[];
  readonly main_dAP: Record<string, number>;
  readonly special_dAP: Record<string, number>;
  readonly counts: Record<string, number>;
}

const read = <T>(...path: string[]) => JSON.parse(readFileSync(join(thirdPartyFolder, ...path), 'utf8')) as T;

const files = existsSync(thirdPartyFolder)
  ? readdirSync(thirdPartyFolder).filter((name) => /^tide-.*\.json$/.test(name))
  : [];

test.skipIf(files.length === 0)(
  `the breakdown has the published numbers of the authors' tool (needs ${thirdPartyFolder})`,
  () => {
    for (const file of files) {
      const { runs } = read<{ runs: Record<string, ExpectedRun> }>(file);
      let numbers = 0;
      const same = (points: number, expected: number) => {
        expect(100 * points).toBeCloseTo(expected, 10);
        numbers++;
      };
      for (const [name, expected] of Object.entries(runs)) {
        const [path, iouType] = name.split(' ') as [string, NonNullable<TideOptions['iouType']>];
        const folder = path.replace('third-party/', '');
        const truth = COCO.from(read(folder, 'gt.json'));
        const found = truth.loadRes(read<CocoResult[]>(folder, `dt_${iouType}.json`));
        const run = (foreground: number) => tideOfCoco(truth, found, { classMean: 'tide', iouType, foreground });
        for (const [i, ap] of expected.AP_per_threshold.entries()) same(run(0.5 + 0.05 * i).ap, ap);
        const { ap, dAP, special, counts } = run(0.5);
        same(ap, expected.AP50);
        for (const type of tideErrorTypes) {
          same(dAP[type], expected.main_dAP[type]);
          expect(counts[type]).toBe(expected.counts[type]);
        }
        for (const type of ['FalsePos', 'FalseNeg'] as const) same(special[type], expected.special_dAP[type]);
      }
      compared(`evaluation/third-party/${file}`, numbers);
    }
  },
);
