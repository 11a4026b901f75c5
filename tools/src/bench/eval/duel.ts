import { OnebitError } from '@onebit/common';
import { type Contestant, median } from '../contestant.js';
import { type BenchRow, benchRow, type LimitRow, limitRow } from '../result.js';
import type { CocoFiles } from './coco-files.js';
import { type EvalStart, startOurs, startRival } from './processes.js';

/** A case of COCO evaluation: ours against the tools that people use. */
export interface DuelCase {
  readonly name: string;
  readonly files: CocoFiles;
  /** How many times faster than each tool we must be, from parsed objects; null where the comparison only informs. */
  readonly targets: Readonly<Record<Tool, number | null>>;
  /** The most that our evaluation may take. */
  readonly limits: {
    /** As a multiple of JSON.parse for the results. */
    readonly yardsticks: number | null;
    readonly ms: number | null;
    readonly memoryMiB: number | null;
  };
}

/** How far the twelve numbers of a tool may be from ours for other reasons than a mistake. */
const tolerance = {
  // Versions of numpy sum in different orders.
  pycocotools: 1e-12,
  // It leaves out the 2.2e-16 in the denominator of the precision.
  faster_coco_eval: 1e-10,
} as const;
type Tool = keyof typeof tolerance;

/** One who evaluates, and its milliseconds so far. */
interface Side {
  readonly name: string;
  readonly contestants: readonly Contestant[];
  readonly parsedMs: number[];
  /** With the reading of the files. */
  readonly fileMs: number[];
  /** Evaluates; returns the twelve numbers. */
  turn(): Promise<readonly number[]>;
}

interface OurSide extends Side {
  /** Milliseconds of JSON.parse for the results, in the process that evaluates parsed objects. */
  readonly yardstickMs: number[];
}

interface Rival extends Side {
  readonly tool: Tool;
}

/** A tool that no Python here has. */
interface Absent {
  readonly tool: Tool;
  readonly reason: string;
}

export const implementation = 'onebit, JavaScript, 1 thread';
export const startNames: Readonly<Record<EvalStart, string>> = { parsed: 'from parsed objects', file: 'from files' };

/** Of our short evaluations, those of a turn. */
const ourSteps = 3;

/**
 * Lets all evaluate the same files, turn by turn, each in a process of its own on the same core.
 * @throws OnebitError ERR_DATA when the twelve numbers of two of them differ: then times say nothing.
 */
export async function duel(one: DuelCase, rounds: number): Promise<{ rows: BenchRow[]; limits: LimitRow[] }> {
  const sides: Side[] = [];
  try {
    const ours = await openOurs(one.files);
    sides.push(ours);
    const rivals: Rival[] = [];
    const absent: Absent[] = [];
    for (const tool of Object.keys(tolerance) as Tool[]) {
      const rival = await openRival(tool, one.files);
      if ('reason' in rival) {
        absent.push(rival);
        continue;
      }
      sides.push(rival);
      rivals.push(rival);
    }
    const peaks = await peaksOf(one.files);
    for (let round = 0; round < rounds; round++) {
      const stats = await ours.turn();
      for (const rival of rivals) compare(one.name, rival.name, stats, await rival.turn(), tolerance[rival.tool]);
    }
    return {
      rows: rowsOf(one, ours, [...rivals, ...absent]),
      limits: [...timeLimits(one, ours), ...memoryLimits(one, peaks, rivals)],
    };
  } finally {
    for (const contestant of sides.flatMap(({ contestants }) => contestants)) contestant.stop();
  }
}

async function openOurs(files: CocoFiles): Promise<OurSide> {
  const parsed = await startOurs(files, 'parsed');
  const file = await startOurs(files, 'file').catch((error: Error) => {
    parsed.stop();
    throw error;
  });
  const [parsedMs, fileMs, yardstickMs]: number[][] = [[], [], []];
  return {
    name: 'onebit',
    contestants: [parsed, file],
    parsedMs,
    fileMs,
    yardstickMs,
    async turn() {
      yardstickMs.push(...numbers(await parsed.ask({ yardstick: ourSteps }), 'ms'));
      const answers = [await parsed.ask({ steps: ourSteps }), await file.ask({ steps: ourSteps })];
      parsedMs.push(...numbers(answers[0], 'ms'));
      fileMs.push(...numbers(answers[1], 'ms'));
      const [stats, fromFile] = answers.map((answer) => numbers(answer, 'stats'));
      compare(files.type, 'onebit from files', stats, fromFile, 0);
      return stats;
    },
  };
}

async function openRival(tool: Tool, files: CocoFiles): Promise<Rival | Absent> {
  const started = await startRival(tool, files).catch((error: Error) => error);
  if (started instanceof Error) return { tool, reason: started.message };
  const { contestant, about } = started;
  const [parsedMs, fileMs]: number[][] = [[], []];
  return {
    tool,
    name: `${tool} ${about.version}`,
    contestants: [contestant],
    parsedMs,
    fileMs,
    async turn() {
      const answer = await contestant.ask({ steps: 1 });
      parsedMs.push(...numbers(answer, 'ms'));
      fileMs.push(...numbers(answer, 'fileMs'));
      return numbers(answer, 'stats');
    },
  };
}

function numbers(answer: Readonly<Record<string, unknown>>, key: string): number[] {
  return answer[key] as number[];
}

/** @throws OnebitError ERR_DATA that names the first of the twelve numbers that differs. */
function compare(
  where: string,
  name: string,
  ours: readonly number[],
  theirs: readonly number[],
  tolerance: number,
): void {
  const i = ours.findIndex((value, i) => !(Math.abs(value - theirs[i]) <= tolerance));
  if (i < 0) return;
  throw new OnebitError('ERR_DATA', `bench eval: ${where}: stats[${i}] is ${theirs[i]} by ${name}, ours is ${ours[i]}`);
}

function rowsOf(one: DuelCase, ours: OurSide, others: readonly (Rival | Absent)[]): BenchRow[] {
  return others.flatMap((other) => {
    const name = 'reason' in other ? other.tool : other.name;
    const note = 'reason' in other ? { note: `rival not there: ${other.reason}` } : {};
    const row = (from: EvalStart, key: 'parsedMs' | 'fileMs', target: number | null) =>
      benchRow({
        case: `${one.name}, ${startNames[from]}`,
        implementation,
        medianMs: median(ours[key]),
        rival: name,
        rivalMedianMs: 'reason' in other ? null : median(other[key]),
        target,
        ...note,
      });
    return [row('parsed', 'parsedMs', one.targets[other.tool]), row('file', 'fileMs', null)];
  });
}

function timeLimits({ name, limits }: DuelCase, ours: OurSide): LimitRow[] {
  const against = (of: string, ofValue: number, limit: number | null) =>
    limitRow({
      ...{ case: `${name}, ${startNames.parsed}`, implementation, what: 'evaluation', unit: 'ms' },
      ...{ value: median(ours.parsedMs), of, ofValue, limit },
    });
  return [
    against('JSON.parse of the results', median(ours.yardstickMs), limits.yardsticks),
    ...(limits.ms === null ? [] : [against('the time allowed', limits.ms, 1)]),
  ];
}

/** The most memory, in MiB, that one evaluation takes in a process that has done nothing else. */
async function peaksOf(files: CocoFiles): Promise<Record<EvalStart, number>> {
  const peaks = { parsed: Number.NaN, file: Number.NaN };
  for (const from of ['parsed', 'file'] as const) {
    const contestant = await startOurs(files, from);
    try {
      await contestant.run(1);
      peaks[from] = contestant.peakRssMiB;
    } finally {
      contestant.stop();
    }
  }
  return peaks;
}

function memoryLimits(
  { name, limits }: DuelCase,
  peaks: Readonly<Record<EvalStart, number>>,
  rivals: readonly Rival[],
): LimitRow[] {
  const allowed = { of: 'the memory allowed', ofValue: limits.memoryMiB, limit: 1 };
  const used = rivals.map((rival) => ({ of: rival.name, ofValue: rival.contestants[0].peakRssMiB, limit: null }));
  return (['parsed', 'file'] as const).flatMap((from) =>
    [allowed, ...used].flatMap(({ of, ofValue, limit }) =>
      ofValue === null
        ? []
        : limitRow({
            ...{ case: `${name}, ${startNames[from]}`, implementation, what: 'peak memory', unit: 'MiB' },
            ...{ value: peaks[from], of, ofValue, limit },
          }),
    ),
  );
}
