import { tf } from '@onebit/ops';
import { type KernelCall, type KernelProfile, nativeBackendName, profileKernels } from '@onebit/tfjs-backend-native';
import { type MachineLimits, measureMachine } from '../roofline/machine.js';
import { type Bound, boundOf, type Phase, phaseOf, phases, sumBounds } from '../roofline/roofline.js';
import { kernelWork } from '../roofline/work.js';
import type { TrainingStep } from './training-step.js';

/** A kernel in a profile: numbers of one step. */
interface ProfiledKernel extends KernelProfile {
  readonly phase: Phase;
  /** What the machine would need at least; only on the native back end. */
  readonly bound?: Bound;
}

/** A phase of a step: time in its kernels, and their bounds. */
interface ProfiledPhase {
  readonly phase: Phase;
  readonly ms: number;
  readonly bound?: Bound;
}

/** One training step, averaged over the profiled steps; times in milliseconds. */
export interface StepProfile {
  readonly stepMs: number;
  readonly nativeMs: number;
  readonly otherMs: number;
  /** Between kernels: JavaScript, the tape, matching and mining, garbage collection. */
  readonly outsideMs: number;
  /** The most expensive first. */
  readonly kernels: readonly ProfiledKernel[];
  readonly phases: readonly ProfiledPhase[];
  /** Measured beside it; only on the native back end. */
  readonly machine?: MachineLimits;
}

/** The first steps compile code and fill the pool; they are slower. */
const warmupSteps = 4;

/** Profiles a training step on the current back end, averaged over `steps` of it. */
export async function profileStep(step: TrainingStep, steps: number): Promise<StepProfile> {
  for (let i = 0; i < warmupSteps; i++) await step.run();
  const machine = tf.getBackend() === nativeBackendName ? measureMachine() : undefined;
  // In a step of its own, so that counting does not pass for time between kernels.
  const bounds = machine && (await kernelBounds(step, machine));
  const started = performance.now();
  const watched = await profileKernels(async () => {
    for (let i = 0; i < steps; i++) await step.run();
  });
  const stepMs = (performance.now() - started) / steps;
  const kernels = watched.map((kernel): ProfiledKernel => {
    const bound = bounds?.get(kernel.name);
    const perStep = { calls: kernel.calls / steps, ms: kernel.ms / steps };
    return { ...kernel, ...perStep, phase: phaseOf(kernel.name), ...(bound && { bound }) };
  });
  const sum = (native: boolean) => sumMs(kernels.filter((kernel) => kernel.native === native));
  const [nativeMs, otherMs] = [sum(true), sum(false)];
  return {
    ...{ stepMs, nativeMs, otherMs, outsideMs: stepMs - nativeMs - otherMs, kernels },
    phases: phases.map((phase) => profiledPhase(phase, kernels)),
    ...(machine && { machine }),
  };
}

/** The bounds of all calls of a step, by kernel. */
async function kernelBounds(step: TrainingStep, machine: MachineLimits): Promise<Map<string, Bound>> {
  const bounds = new Map<string, Bound>();
  const count = (call: KernelCall) => {
    const before = bounds.get(call.name);
    const bound = boundOf(kernelWork(call), machine);
    bounds.set(call.name, before === undefined ? bound : sumBounds([before, bound]));
  };
  await profileKernels(async () => {
    await step.run();
  }, count);
  return bounds;
}

function profiledPhase(phase: Phase, kernels: readonly ProfiledKernel[]): ProfiledPhase {
  const members = kernels.filter((kernel) => kernel.phase === phase);
  const bounds = members.flatMap(({ bound }) => bound ?? []);
  const known = members.length === 0 || bounds.length > 0;
  return { phase, ms: sumMs(members), ...(known && { bound: sumBounds(bounds) }) };
}

function sumMs(parts: readonly { readonly ms: number }[]): number {
  return parts.reduce((total, { ms }) => total + ms, 0);
}
