import { fileURLToPath } from 'node:url';
import { Contestant, interleave, median } from './contestant.js';
import { type BenchResult, type BenchRow, benchResult, benchRow } from './result.js';
import type { BenchInput } from './table.js';

/** The reference workload: 8 pictures of 128 x 128. */
const batch = 8;
const size = 128;
/** The native back end may take 1.3 times PyTorch's time, and must be 8 times as fast as the wasm back end with its missing kernels added. */
const targets = { torch: 1 / 1.3, wasm: 8 } as const;
/** Steps of a turn: a turn lasts a second or more, so that a neighbour's short burst of load is averaged. The wasm back end takes seconds a step. */
const stepsPerTurn = { native: 8, torch: 8, wasm: 1 } as const;

/** A ResNet-18 training step against PyTorch's and against the tfjs wasm back end. */
export async function benchTrain({ rounds = 6, threads, output }: BenchInput): Promise<BenchResult> {
  const rows: BenchRow[] = [];
  const case_ = `ResNet-18 step, batch ${batch}, ${size}x${size}, SGD, ${threads} threads`;
  const torch = await startTorch(threads);
  rows.push(
    ...(await duel({
      case_,
      rivalName: 'PyTorch CPU',
      rival: torch,
      rivalSteps: stepsPerTurn.torch,
      target: targets.torch,
      rounds,
      threads,
      output,
    })),
  );
  const wasm = await startNode('wasm', 1).catch((error: Error) => error);
  rows.push(
    ...(await duel({
      case_,
      rivalName: 'tfjs wasm with added gradients (1 thread, it has no more in Node)',
      rival: wasm,
      rivalSteps: stepsPerTurn.wasm,
      target: targets.wasm,
      rounds: Math.min(rounds, 3),
      threads,
      output,
    })),
  );
  return benchResult('train', rows);
}

interface Duel {
  readonly case_: string;
  readonly rivalName: string;
  readonly rival: { contestant: Contestant; about: Record<string, unknown> } | Error;
  readonly rivalSteps: number;
  readonly target: number;
  readonly rounds: number;
  readonly threads: number;
  readonly output: BenchInput['output'];
}

/** Our step and a rival's, turn by turn; without the rival ours alone. */
async function duel({
  case_,
  rivalName,
  rival,
  rivalSteps,
  target,
  rounds,
  threads,
  output,
}: Duel): Promise<BenchRow[]> {
  const ours = await startNode('native', threads);
  const contestants = [ours.contestant];
  const there = rival instanceof Error ? undefined : rival;
  if (there) contestants.push(there.contestant);
  const progress = output.progress(`bench train: ${rivalName}`, rounds + 1);
  const steps = new Map<Contestant, number>([[ours.contestant, stepsPerTurn.native]]);
  if (there) steps.set(there.contestant, rivalSteps);
  try {
    const times = await interleave(contestants, { rounds, steps, warmup: 1 }, (round) =>
      progress.update(round, 'rounds'),
    );
    const version = there?.about.version ? ` ${there.about.version}` : '';
    return [
      benchRow({
        case: case_,
        implementation: `native (${ours.about.kernelSet})`,
        medianMs: median(times.get(ours.contestant) ?? []),
        rival: rivalName + version,
        rivalMedianMs: there ? median(times.get(there.contestant) ?? []) : null,
        target,
        ...(rival instanceof Error && { note: `rival not installed: ${rival.message.split('\n').at(-1)}` }),
      }),
    ];
  } finally {
    progress.finish();
    for (const contestant of contestants) contestant.stop();
  }
}

function startNode(backend: string, threads: number) {
  const worker = fileURLToPath(new URL('./step-worker.js', import.meta.url));
  return Contestant.start(backend, process.execPath, [worker, backend, 'float', String(batch), String(size)], {
    ONEBIT_THREADS: String(threads),
  });
}

/** PyTorch through whichever Python has it: ONEBIT_PYTHON, python3 on the path, the system's. */
async function startTorch(threads: number) {
  const script = fileURLToPath(new URL('../../peers/torch_resnet18_step.py', import.meta.url));
  const candidates = [process.env.ONEBIT_PYTHON, 'python3', '/usr/bin/python3'].filter((name) => name !== undefined);
  let reason = new Error('no Python');
  for (const python of candidates) {
    try {
      return await Contestant.start('PyTorch', python, [script, String(threads), String(batch), String(size)]);
    } catch (error) {
      reason = error as Error;
    }
  }
  return reason;
}
