import { isPortableKernel } from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import { lastCall } from './kernel.js';
import { nativeBackendName } from './register.js';

/** What one kernel did while {@link profileKernels} watched. */
export interface KernelProfile {
  readonly name: string;
  readonly calls: number;
  /** Time inside the kernel, without that of kernels it called. */
  readonly ms: number;
  /** True if every call ran compiled code rather than JavaScript. */
  readonly native: boolean;
}

/** One call of a kernel that called no others. */
export interface KernelCall {
  readonly name: string;
  readonly inputs: readonly tf.TensorInfo[];
  readonly outputs: readonly tf.TensorInfo[];
  readonly attributes: object;
}

interface Record_ {
  calls: number;
  ms: number;
  fallbacks: number;
}

/**
 * Runs `body` on the current back end and tells for each kernel how often and how long it ran, slowest first. Time between kernels (the tape,
 * JavaScript) is not in it: compare with the whole.
 * @param onCall sees each call after it; its own time counts as time between kernels
 */
export async function profileKernels(
  body: () => void | Promise<void>,
  onCall?: (call: KernelCall) => void,
): Promise<KernelProfile[]> {
  tf.backend();
  const backendName = tf.getBackend();
  const originals = tf.getKernelsForBackend(backendName);
  const records = new Map<string, Record_>();
  const watch = new Stopwatch(records, backendName, onCall);
  for (const config of originals) replace({ ...config, kernelFunc: watch.around(config) });
  try {
    await body();
  } finally {
    for (const config of originals) replace(config);
  }
  return [...records]
    .map(([name, { calls, ms, fallbacks }]) => ({ name, calls, ms, native: fallbacks === 0 }))
    .sort((a, b) => b.ms - a.ms);
}

function replace(config: tf.KernelConfig): void {
  tf.unregisterKernel(config.kernelName, config.backendName);
  tf.registerKernel(config);
}

/** Measures nested calls so that each kernel gets only its own time. */
class Stopwatch {
  /** Time spent in kernels called by the one that is running, per level. */
  readonly #inner: number[] = [];

  constructor(
    readonly records: Map<string, Record_>,
    readonly backendName: string,
    readonly onCall?: (call: KernelCall) => void,
  ) {}

  around({ kernelName, kernelFunc }: tf.KernelConfig): tf.KernelFunc {
    return (call) => {
      this.#inner.push(0);
      const start = performance.now();
      let result: ReturnType<tf.KernelFunc> | undefined;
      try {
        result = kernelFunc(call);
        return result;
      } finally {
        const elapsed = performance.now() - start;
        const inner = this.#inner.pop() ?? 0;
        if (this.#inner.length > 0) this.#inner[this.#inner.length - 1] += elapsed;
        this.#add(kernelName, elapsed - inner, this.#ranNatively(kernelFunc));
        if (inner === 0 && result !== undefined) this.onCall?.(callOf(kernelName, call, result));
      }
    };
  }

  #ranNatively(kernelFunc: tf.KernelFunc): boolean {
    if (this.backendName === nativeBackendName) return lastCall.native;
    return this.backendName !== 'cpu' && !isPortableKernel(kernelFunc);
  }

  #add(name: string, ms: number, native: boolean): void {
    const record = this.records.get(name) ?? { calls: 0, ms: 0, fallbacks: 0 };
    record.calls += 1;
    record.ms += ms;
    record.fallbacks += native ? 0 : 1;
    this.records.set(name, record);
  }
}

function callOf(
  name: string,
  { inputs, attrs }: Parameters<tf.KernelFunc>[0],
  result: tf.TensorInfo | tf.TensorInfo[],
): KernelCall {
  const given = Object.values(inputs).flat() as (tf.TensorInfo | null | undefined)[];
  return {
    name,
    inputs: given.filter((tensor): tensor is tf.TensorInfo => tensor != null),
    outputs: Array.isArray(result) ? result : [result],
    attributes: attrs ?? {},
  };
}
