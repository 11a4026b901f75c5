import { median } from '../contestant.js';
import { type BenchRow, benchRow, type LimitRow, limitRow } from '../result.js';
import { type ShapeType, writeCocoFiles } from './coco-files.js';
import { type DuelCase, duel, implementation } from './duel.js';
import { type SetSize, val2017 } from './generated-set.js';
import { growth } from './growth.js';
import type { MetricName } from './metrics.js';
import { startMetric } from './processes.js';

interface Stage {
  /** Where files may be written. */
  readonly folder: string;
  /** Turns of each contestant, where the caller chose. */
  readonly rounds?: number;
}

/** One part of the benchmark. */
interface EvalCase {
  readonly name: string;
  run(stage: Stage): Promise<{ rows: BenchRow[]; limits: LimitRow[] }>;
}

/** Turns of pycocotools take more than a minute for boxes. */
const boxRounds = 2;
const maskRounds = 5;
const metricRounds = 5;

/** In the quick form every set is small, and nothing is asked of it. */
const quickSize: SetSize = { images: 100, detections: 5000 };
const nothing = {
  targets: { pycocotools: null, faster_coco_eval: null },
  limits: { yardsticks: null, ms: null, memoryMiB: null },
} as const;
const growing = [50_000, 500_000, 2_000_000];
/** 300 megapixels of label maps. */
const labelMaps: SetSize = { images: 1600, detections: 0 };
/** What mean IoU may take for them. */
const labelMapsMs = 1000;

export function evalCases(quick: boolean): readonly EvalCase[] {
  const sized = (size: SetSize) => (quick ? quickSize : size);
  return [
    duelCase('boxes', 'bbox', sized(val2017), boxRounds, quick ? nothing : boxes),
    duelCase('masks', 'segm', sized({ images: 500, detections: 10_000 }), maskRounds, quick ? nothing : masks),
    {
      name: 'boxes, more and more detections',
      async run({ folder }) {
        const sizes = growing.map((detections) => ({ ...val2017, detections }));
        const small = sizes.map(({ images, detections }) => ({ images: images / 50, detections: detections / 50 }));
        return { rows: [], limits: await growth(folder, quick ? small : sizes, !quick) };
      },
    },
    {
      name: 'mean IoU',
      run: ({ rounds }) => meanIou(quick ? quickSize : labelMaps, rounds, quick ? null : labelMapsMs),
    },
    metricCase('VOC mAP', 'voc', sized(val2017), 'detections'),
    metricCase('TIDE', 'tide', sized(val2017), 'detections'),
    metricCase('VOC mAP, bootstrap', 'voc-bootstrap', sized(val2017), 'draws'),
  ];
}

/** What is asked of boxes and masks; measured for the rivals: 62 to 108 s and 14 s for these boxes, 2.9 to 6.2 s and 1.1 to 2.2 s for these masks. */
const boxes: Pick<DuelCase, 'targets' | 'limits'> = {
  targets: { pycocotools: 20, faster_coco_eval: 4 },
  limits: { yardsticks: 4, ms: 3000, memoryMiB: 1024 },
};
const masks: Pick<DuelCase, 'targets' | 'limits'> = {
  targets: { pycocotools: 4, faster_coco_eval: null },
  limits: nothing.limits,
};

function duelCase(
  name: string,
  type: ShapeType,
  size: SetSize,
  usualRounds: number,
  asked: Pick<DuelCase, 'targets' | 'limits'>,
): EvalCase {
  const full = `${name}, ${size.images} images, ${size.detections} detections`;
  return {
    name: full,
    async run({ folder, rounds = usualRounds }) {
      return duel({ name: full, files: await writeCocoFiles(folder, size, type), ...asked }, rounds);
    },
  };
}

async function meanIou(size: SetSize, rounds: number | undefined, allowedMs: number | null) {
  const { ms, amount } = await metricMs('miou', size, rounds);
  const limit = limitRow({
    ...{ case: `mean IoU, 21 classes, ${amount} megapixels`, implementation, what: 'label maps to the number' },
    ...{
      unit: 'ms',
      value: ms,
      of: 'the time allowed',
      ofValue: allowedMs ?? ms,
      limit: allowedMs === null ? null : 1,
    },
  });
  return { rows: [], limits: [limit] };
}

/** A metric that nobody else is compared with: what it works through in a second. */
function metricCase(name: string, metric: MetricName, size: SetSize, unit: string): EvalCase {
  const full = `${name}, ${size.images} images, ${size.detections} detections`;
  return {
    name: full,
    async run({ rounds }) {
      const { ms, amount } = await metricMs(metric, size, rounds);
      const note = `${Math.round((1000 * amount) / ms)} ${unit} a second`;
      const alone = { rival: '', rivalMedianMs: null, target: null };
      return { rows: [benchRow({ case: full, implementation, medianMs: ms, ...alone, note })], limits: [] };
    },
  };
}

async function metricMs(
  name: MetricName,
  size: SetSize,
  rounds = metricRounds,
): Promise<{ ms: number; amount: number }> {
  const { contestant, about } = await startMetric(name, size);
  try {
    return { ms: median(await contestant.run(rounds)), amount: Number(about.amount) };
  } finally {
    contestant.stop();
  }
}
