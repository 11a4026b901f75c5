import { median } from '../contestant.js';
import { type LimitRow, limitRow } from '../result.js';
import { writeCocoFiles } from './coco-files.js';
import { implementation, startNames } from './duel.js';
import type { SetSize } from './generated-set.js';
import { startOurs } from './processes.js';

/** What a detection of a larger set may cost, as a multiple of one of the set before: sorting and caches ask for a little more, a square would be 4. */
const growthLimit = 1.5;
const rounds = 3;

/** Time of a detection in sets with more and more of them for the same images, each against the set before. */
export async function growth(folder: string, sizes: readonly SetSize[], asked: boolean): Promise<LimitRow[]> {
  const perDetection: number[] = [];
  for (const size of sizes) perDetection.push((await evaluationMs(folder, size)) / size.detections);
  return sizes.slice(1).map((size, i) =>
    limitRow({
      case: `boxes, ${inThousands(size)} detections, ${startNames.parsed}`,
      implementation,
      what: 'time of 1000 detections',
      of: `with ${inThousands(sizes[i])} detections`,
      unit: 'ms',
      value: 1000 * perDetection[i + 1],
      ofValue: 1000 * perDetection[i],
      limit: asked ? growthLimit : null,
    }),
  );
}

async function evaluationMs(folder: string, size: SetSize): Promise<number> {
  const contestant = await startOurs(await writeCocoFiles(folder, size, 'bbox'), 'parsed');
  try {
    return median(await contestant.run(rounds));
  } finally {
    contestant.stop();
  }
}

function inThousands({ detections }: SetSize): string {
  return `${detections / 1000}k`;
}
