import { loadNative } from '@onebit/kernels';
import { type Contestant, interleave, median } from '../contestant.js';
import type { Started } from '../python.js';
import { type BenchRow, benchRow, type LimitRow, limitRow } from '../result.js';
import { caseName, published, type TrainCase, type WasmCase } from './cases.js';
import { type HeatResult, heat, startOurs } from './contestants.js';

interface DuelOptions {
  readonly backend: string;
  readonly rounds: number;
  readonly threads: number;
  /** Most steps of a turn. */
  readonly maxSteps: number;
}

/** A turn lasts about a second, so that a neighbour's short burst of load is averaged, but not longer than it takes. */
const turnMs = 1500;

function stepsPerTurn(maxSteps: number, stepMs = 0): number {
  return Math.max(1, Math.min(maxSteps, Math.round(turnMs / stepMs)));
}

/** Our step in one precision of the gradients. */
interface Side {
  readonly precision: 'fp32' | 'bf16';
  readonly started: Started;
}

/** A case against the fastest form of PyTorch, turn by turn; without PyTorch ours alone. */
export async function againstTorch(
  one: TrainCase,
  { backend, rounds, threads, maxSteps }: DuelOptions,
): Promise<{ rows: BenchRow[]; limits: LimitRow[] }> {
  const options = { ...one, threads };
  const device = backend === 'webgpu' || backend === 'tensorflow' ? 'cuda' : 'cpu';
  const open: Contestant[] = [];
  try {
    const heats = await heat(options, one.forms, device).catch((error: Error) => error);
    const rivals = heats instanceof Error ? [] : heats;
    open.push(...rivals.map(({ contestant }) => contestant));
    // Beside the fastest, the form as it is published runs on.
    const kept = rivals.filter(({ form }, i) => i === 0 || form === published);
    for (const { contestant } of rivals.filter((rival) => !kept.includes(rival))) contestant.stop();
    const sides: Side[] = [];
    for (const precision of precisionsOf(one, backend)) {
      const started = await startOurs(options, backend, precision);
      open.push(started.contestant);
      sides.push({ precision, started });
    }
    const running = sides.map(({ started }) => started.contestant);
    const contestants = [...running, ...kept.map(({ contestant }) => contestant)];
    const steps = new Map(contestants.map((contestant) => [contestant, stepsPerTurn(maxSteps, kept[0]?.bestMs)]));
    const times = await interleave(contestants, { rounds, steps, warmup: 1 });
    const msOf = (contestant: Contestant) => median(times.get(contestant) ?? []);
    const fastestFirst = kept.toSorted((a, b) => msOf(a.contestant) - msOf(b.contestant));
    const reason = heats instanceof Error ? heats.message : undefined;
    const result = { one, backend, rivals: fastestFirst, reason, msOf };
    return { rows: rowsOf(sides, result), limits: memoryRows(sides, result) };
  } finally {
    for (const contestant of open) contestant.stop();
  }
}

interface DuelResult {
  readonly one: TrainCase;
  readonly backend: string;
  /** The fastest first. */
  readonly rivals: readonly HeatResult[];
  /** Why there is no rival. */
  readonly reason?: string;
  msOf(contestant: Contestant): number;
}

/** Only the native back end knows bf16, and only on some CPUs. */
function precisionsOf({ targets }: TrainCase, backend: string): ('fp32' | 'bf16')[] {
  const known = (precision: 'fp32' | 'bf16') =>
    precision === 'fp32' || (backend === 'native' && loadNative().bf16Gradients());
  return (Object.keys(targets) as ('fp32' | 'bf16')[]).filter(known);
}

function rowsOf(sides: readonly Side[], result: DuelResult): BenchRow[] {
  const { one, backend, rivals, reason, msOf } = result;
  return sides.flatMap(({ precision, started }) => {
    const medianMs = msOf(started.contestant);
    const implementation = describeOurs(started, precision);
    const row = (rival: string, rivalMedianMs: number | null, target: number | null, note?: string) =>
      benchRow({ case: caseName(one), implementation, medianMs, rival, rivalMedianMs, target, ...(note && { note }) });
    if (rivals.length === 0)
      return [row('PyTorch', null, one.targets[precision] ?? null, `rival not there: ${reason}`)];
    return rivals.map((rival, i) => {
      const target = i === 0 && backend === 'native' ? (one.targets[precision] ?? null) : null;
      const note = parameterNote(started, rival) ?? (i === 0 ? 'its fastest form' : undefined);
      return row(describeRival(rival), msOf(rival.contestant), target, note);
    });
  });
}

/** Both sides must be one network. */
function parameterNote(ours: Started, rival: Started): string | undefined {
  if (ours.about.parameters === rival.about.parameters) return undefined;
  return `not the same network: ${ours.about.parameters} and ${rival.about.parameters} parameters`;
}

function memoryRows(sides: readonly Side[], { one, backend, rivals }: DuelResult): LimitRow[] {
  // What a GPU holds does not show in the memory of a process.
  if (backend === 'webgpu' || backend === 'tensorflow') return [];
  return sides.flatMap(({ precision, started }) => {
    return rivals.map((rival, i) =>
      limitRow({
        case: caseName(one),
        implementation: describeOurs(started, precision),
        what: 'peak memory',
        of: describeRival(rival),
        unit: 'MiB',
        value: started.contestant.peakRssMiB,
        ofValue: rival.contestant.peakRssMiB,
        limit: i === 0 && backend === 'native' ? one.memoryLimit : null,
      }),
    );
  });
}

function describeOurs({ about }: Started, precision: string): string {
  return about.kernelSet ? `${about.name} (${about.kernelSet}), ${precision}` : `${about.name}, ${precision}`;
}

function describeRival({ about, form: { form, layout } }: HeatResult): string {
  return `PyTorch ${about.version} ${about.device}, ${form}, ${layout}`;
}

/** Rounds against wasm: its steps take seconds. */
const wasmRounds = 3;

/** The native back end against wasm with the gradient kernels it lacks. */
export async function againstWasm(
  one: WasmCase,
  { rounds, threads, maxSteps }: Omit<DuelOptions, 'backend'>,
): Promise<BenchRow> {
  const options = { ...one, threads };
  const ours = await startOurs(options, 'native');
  try {
    const wasm = await startOurs(options, 'wasm');
    try {
      const contestants = [ours.contestant, wasm.contestant];
      const steps = new Map([[ours.contestant, maxSteps]]);
      const times = await interleave(contestants, { rounds: Math.min(rounds, wasmRounds), steps, warmup: 1 });
      return benchRow({
        case: caseName(one),
        implementation: describeOurs(ours, 'fp32'),
        medianMs: median(times.get(ours.contestant) ?? []),
        rival: 'tfjs wasm with added gradients (1 thread, it has no more in Node)',
        rivalMedianMs: median(times.get(wasm.contestant) ?? []),
        target: one.target,
      });
    } finally {
      wasm.contestant.stop();
    }
  } finally {
    ours.contestant.stop();
  }
}
