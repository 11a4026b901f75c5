import { OnebitError, unknownName } from '@onebit/common';
import { nativeReport } from '@onebit/kernels';
import { registerGradients } from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import { type BackendName, backendNames, type Candidate } from './candidates/candidate.js';
import { javascriptCandidate } from './candidates/javascript.js';
import { nativeCandidate } from './candidates/native.js';
import { tensorflowCandidate } from './candidates/tensorflow.js';
import { wasmCandidate } from './candidates/wasm.js';
import { webgpuCandidate } from './candidates/webgpu.js';
import { nativeBackendName } from './register.js';

/** Which back end is in use and why no better one. */
export interface BackendReport {
  readonly name: BackendName;
  /** What it is, in words, such as the name of the GPU. */
  readonly detail: string;
  /** For each better back end that was not taken, the reason. */
  readonly skipped: readonly { readonly name: BackendName; readonly reason: string }[];
  /** Instruction set of the native kernels, when they are in use. */
  readonly kernelSet?: string;
  /** Threads of the native kernels, when they are in use. */
  readonly threads?: number;
}

/** Whether a back end is there. */
export interface BackendProbe {
  readonly name: BackendName;
  readonly found: boolean;
  /** What it is, or why it is not there and what to do about it. */
  readonly detail: string;
}

const candidates: Record<BackendName, Candidate> = {
  tensorflow: tensorflowCandidate(),
  native: nativeCandidate,
  webgpu: webgpuCandidate,
  wasm: wasmCandidate,
  cpu: javascriptCandidate,
};

/**
 * Makes the best back end current and registers the gradients: TensorFlow's C library if `@tensorflow/tfjs-node-gpu` or `@tensorflow/tfjs-node` is
 * installed, else the native add-on, else WebGPU on a graphics card, else WebAssembly (about 15 times slower in training than native), else plain JavaScript
 * (only for toy sizes).
 * @param preference a name takes that one or fails; `'auto'` (or nothing) takes the best.
 * @throws OnebitError ERR_BACKEND with the reasons and the fix; ERR_UNKNOWN_NAME.
 */
export async function selectBackend(preference: BackendName | 'auto' = 'auto'): Promise<BackendReport> {
  const known: readonly string[] = ['auto', ...backendNames];
  if (!known.includes(preference)) throw unknownName('selectBackend', preference, known);
  const skipped: { name: BackendName; reason: string }[] = [];
  for (const name of preference === 'auto' ? backendNames : [preference]) {
    try {
      const { detail, onlyByName } = await candidates[name].find();
      if (onlyByName !== undefined && preference === 'auto') throw new Error(onlyByName);
      await candidates[name].start();
      if (!(await tf.setBackend(name))) throw new Error('TensorFlow.js could not initialize it');
      registerGradients();
      return { name, detail, skipped, ...nativeDetails(name) };
    } catch (error) {
      if (preference !== 'auto') throw unavailable(name, reasonOf(error), error);
      skipped.push({ name, reason: reasonOf(error) });
    }
  }
  throw unavailable('cpu', skipped.map(({ name, reason }) => `${name}: ${reason}`).join('; '));
}

/** Looks for every back end, the best first, without making any current. */
export async function probeBackends(): Promise<BackendProbe[]> {
  const probes: BackendProbe[] = [];
  for (const name of backendNames) {
    try {
      probes.push({ name, found: true, detail: (await candidates[name].find()).detail });
    } catch (error) {
      probes.push({ name, found: false, detail: reasonOf(error) });
    }
  }
  return probes;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function unavailable(name: string, reason: string, cause?: unknown): OnebitError {
  const message = `selectBackend: the back end ${name} must be available, but: ${reason}`;
  return new OnebitError('ERR_BACKEND', message, { cause });
}

function nativeDetails(name: BackendName): { kernelSet?: string; threads?: number } {
  if (name !== nativeBackendName) return {};
  const { kernelSet, threads } = nativeReport();
  return { kernelSet, threads };
}
