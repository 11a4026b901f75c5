import { OnebitError } from '@onebit/common';
import type { StepProfile } from '../../workloads/profile.js';
import { printProfile } from '../../workloads/profile-report.js';
import { type BenchResult, type BenchRow, benchResult, type LimitRow } from '../result.js';
import type { BenchInput } from '../table.js';
import { caseName, outsideLimit, resized, trainCases, type WasmCase, wasmCase } from './cases.js';
import { againstTorch, againstWasm } from './duel.js';
import { profileCase } from './profile-case.js';

const full = { rounds: 5, maxSteps: 3 } as const;
/** With `--quick`: a size at which each step takes moments on any back end, and of which nothing is asked. */
const quick = { rounds: 1, maxSteps: 1, size: { batch: 2, imageSize: 64 } } as const;

/** Training steps against PyTorch's and against the wasm back end, with their memory and where their time goes. */
export async function benchTrain(input: BenchInput): Promise<BenchResult> {
  const { filter = '', output, signal, threads } = input;
  const backend = input.backend ?? 'native';
  const { rounds: usualRounds, maxSteps } = input.quick ? quick : full;
  const rounds = input.rounds ?? usualRounds;
  const rows: BenchRow[] = [];
  const limits: LimitRow[] = [];
  const profiles: Record<string, StepProfile> = {};
  const chosen = (input.quick ? trainCases.map((one) => resized(one, quick.size)) : trainCases).filter((one) =>
    caseName(one).includes(filter),
  );
  const wasm: WasmCase = input.quick ? { ...wasmCase, size: quick.size, target: null } : wasmCase;
  // Other back ends have been compared with wasm by others; ours alone is asked to beat it.
  const withWasm = backend === 'native' && `${caseName(wasm)} wasm`.includes(filter);
  if (chosen.length === 0 && !withWasm) {
    const known = trainCases.map(caseName).join('; ');
    throw new OnebitError(
      'ERR_USAGE',
      `onebit bench train: no case contains ${JSON.stringify(filter)}; known: ${known}`,
    );
  }
  const progress = output.progress('bench train', chosen.length + (withWasm ? 1 : 0));
  for (const [i, one] of chosen.entries()) {
    signal.throwIfAborted();
    progress.update(i, caseName(one));
    const duel = await againstTorch(one, { backend, rounds, threads, maxSteps });
    rows.push(...duel.rows);
    limits.push(...duel.limits);
    if (backend !== 'native') continue;
    const { profile, limit } = await profileCase(one, { threads, limit: input.quick ? null : outsideLimit });
    profiles[caseName(one)] = profile;
    limits.push(limit);
  }
  if (withWasm) {
    progress.update(chosen.length, `${caseName(wasm)} against wasm`);
    rows.push(await againstWasm(wasm, { rounds, threads, maxSteps }));
  }
  progress.finish();
  for (const [name, profile] of Object.entries(profiles)) printProfile(output, name, profile);
  return { ...(await benchResult('train', rows)), limits, profiles };
}
