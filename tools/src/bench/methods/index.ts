import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OnebitError, unknownName, writeFileAtomic } from '@onebit/common';
import { methods } from '@onebit/nn';
import { selectBackend } from '@onebit/tfjs-backend-native';
import { describeEnvironment } from '@onebit/training';
import { duration, type Output } from '../../cli/output.js';
import { type Failure, runAll } from '../../jobs/queue.js';
import { drawRanking } from './draw.js';
import { type Budget, floatTwin, type MethodJob, planJobs } from './plan.js';
import { type RankedMethod, rank } from './ranking.js';
import { type MethodRun, resultOf } from './result.js';

export interface BenchMethodsInput {
  /** Methods to train, `float` among them; all if empty. The document holds every finished run of the budget either way. */
  readonly only: readonly string[];
  /** Seeds 1 to this many; at most 10. */
  readonly seeds: number;
  readonly steps?: number;
  /** Trainings at a time, each of one thread. */
  readonly jobs: number;
  /** The JSON document; the figure stands beside it as SVG. */
  readonly out: string;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** What `docs/results/methods.json` holds. */
export interface MethodsDocument {
  readonly bench: 'methods';
  readonly date: string;
  readonly machine: string;
  readonly budget: Omit<Budget, 'dataset'> & { readonly dataset: string };
  /** Trainings of the whole comparison, and how many of them are in this document. */
  readonly planned: number;
  readonly finished: number;
  readonly ranking: readonly RankedMethod[];
  readonly runs: readonly MethodRun[];
}

/** Small enough that every method from three seeds takes an hour and a half on two cores, enough for the float twin to be far from chance. */
const budget = { recipe: 'resnet20-cls', steps: 300, batchSize: 64 } as const;
const root = 'runs/bench-methods';

/**
 * Trains ResNet-20 on CIFAR-10 by every method and in float, from several seeds and with one budget, and ranks them. Each training is a process; what is
 * finished is not run again, what was stopped goes on. The document is written anew after every training.
 */
export async function benchMethods(input: BenchMethodsInput): Promise<MethodsDocument> {
  const { only, output, signal, jobs } = input;
  const names = [floatTwin, ...Object.keys(methods)];
  checkInput(input, names);
  const folder = join(process.env.ONEBIT_DATASETS ?? '../shared/datasets', 'cifar10-jpeg');
  const used = { ...budget, steps: input.steps ?? budget.steps, dataset: `cifar10:${folder}` };
  await selectBackend('cpu'); // here only parameters are counted; the trainings choose their own
  const planned = planJobs(names, input.seeds, used, root);
  const chosen = only.length === 0 ? planned : planned.filter(({ method }) => only.includes(method));
  const progress = output.progress('bench methods', chosen.length);
  const meter = new Meter(chosen.length, jobs);
  let last = '';
  const say = (line: string) => {
    last = line;
    progress.update(meter.done, `${last}${meter.timeLeft}`);
  };
  await publish(input.out, used, planned);
  let failures: Failure[];
  try {
    failures = await runAll(chosen, {
      jobs,
      signal,
      nice: 10, // hours of work beside whatever else the machine does
      say,
      onDone: async (job) => {
        meter.take(await resultOf(job as MethodJob));
        await publish(input.out, used, planned);
      },
    });
  } finally {
    progress.finish();
  }
  for (const { name, reason } of failures) output.warn(`${name} failed: ${reason}`);
  const document = await publish(input.out, used, planned);
  printRanking(output, document.ranking);
  if (failures.length > 0) process.exitCode = 1;
  return document;
}

function checkInput({ only, seeds, steps, jobs }: BenchMethodsInput, known: readonly string[]): void {
  const unknown = only.find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownName('onebit bench methods: --only', unknown, known);
  for (const [option, value, most] of [
    ['seeds', seeds, 10],
    ['steps', steps ?? 1, Number.MAX_SAFE_INTEGER],
    ['jobs', jobs, 64],
  ] as const) {
    if (Number.isInteger(value) && value >= 1 && value <= most) continue;
    throw new OnebitError('ERR_USAGE', `--${option} must be a whole number from 1 to ${most}, got ${value}`);
  }
}

/** Time left, from the trainings that ended in this call. */
class Meter {
  done = 0;
  private seconds = 0;

  constructor(
    private readonly total: number,
    private readonly jobs: number,
  ) {}

  take(run: MethodRun | undefined): void {
    this.done++;
    this.seconds += run?.seconds ?? 0;
  }

  get timeLeft(): string {
    if (this.done === 0) return '';
    return ` | ETA ${duration(((this.seconds / this.done) * (this.total - this.done)) / this.jobs)}`;
  }
}

/** Writes the document and its figure from every finished run of the plan. */
async function publish(file: string, used: Budget, planned: readonly MethodJob[]): Promise<MethodsDocument> {
  const runs = (await Promise.all(planned.map(resultOf))).filter((run) => run !== undefined);
  const { cpu, cores, memoryGiB, platform, node, date } = await describeEnvironment();
  const document: MethodsDocument = {
    bench: 'methods',
    date: String(date),
    machine: `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${platform}, Node ${node}`,
    budget: { ...used, dataset: 'cifar10-jpeg' },
    planned: planned.length,
    finished: runs.length,
    ranking: rank(runs),
    runs,
  };
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, `${JSON.stringify(document, null, 1)}\n`);
  if (runs.length > 0) {
    const title = `ResNet-20 on CIFAR-10 (JPEG), ${used.steps} steps of ${used.batchSize}`;
    await writeFileAtomic(file.replace(/(\.json)?$/, '.svg'), drawRanking(document.ranking, title));
  }
  return document;
}

function printRanking(output: Output, ranking: readonly RankedMethod[]): void {
  const percent = (value: number) => value.toFixed(2);
  output.table(
    ['method', 'top-1 %', 'deviation', '95 % interval', 'to float', 'places', 'seeds'],
    ranking.map(({ method, mean, deviation, interval, toFloat, places, seeds }) => [
      method,
      percent(mean),
      percent(deviation),
      interval === null ? '-' : interval.map(percent).join(' to '),
      toFloat === null ? '-' : percent(toFloat),
      places === null ? '-' : places.join(' to '),
      seeds.length,
    ]),
  );
}
