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

interface Record_ {
  calls: number;
  ms: number;
  fallbacks: number;
}

/**
 * Runs `body` on the current back end and tells for each kernel how often and how long it ran, slowest first. Time between kernels (the tape,
 * JavaScript) is not in it: compare with the whole.
 */
export async function profileKernels(body: () => void | Promise<void>): Promise<KernelProfile[]> {
  tf.backend();
  const backendName = tf.getBackend();
  const originals = tf.getKernelsForBackend(backendName);
  const records = new Map<string, Record_>();
  const watch = new Stopwatch(records, backendName);
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
  ) {}

  around({ kernelName, kernelFunc }: tf.KernelConfig): tf.KernelFunc {
    return (call) => {
      this.#inner.push(0);
      const start = performance.now();
      try {
        return kernelFunc(call);
      } finally {
        const elapsed = performance.now() - start;
        const inner = this.#inner.pop() ?? 0;
        if (this.#inner.length > 0) this.#inner[this.#inner.length - 1] += elapsed;
        this.#add(kernelName, elapsed - inner, this.#ranNatively(kernelFunc));
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
