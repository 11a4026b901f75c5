import { OnebitError } from '@onebit/common';
import { type BackendReport, selectBackend } from '@onebit/tfjs-backend-native';
import type { Output } from './output.js';

/** Chooses the tensor back end of a command from its options and says which it is; nobody should find out later that it was the slow one. */
export async function prepareBackend(
  options: { readonly backend: string; readonly threads?: number },
  output: Output,
): Promise<BackendReport> {
  const { backend, threads } = options;
  if (threads !== undefined) {
    if (!Number.isInteger(threads) || threads < 1) {
      throw new OnebitError('ERR_USAGE', `--threads must be a whole number of at least 1, got ${threads}`);
    }
    process.env.ONEBIT_THREADS = String(threads);
  }
  const report = await selectBackend(backend as Parameters<typeof selectBackend>[0]);
  output.print(`back end ${describeBackend(report)}`);
  if (report.name === 'wasm' || report.name === 'cpu') {
    output.warn(
      `this is ${report.name === 'wasm' ? 'many times' : 'thousands of times'} slower than the native back end; \`onebit doctor\` says why it was taken`,
    );
  }
  return report;
}

/** `native (avx512, 2 threads)` */
export function describeBackend({ name, kernelSet, threads }: BackendReport): string {
  return kernelSet ? `${name} (${kernelSet}, ${threads} thread${threads === 1 ? '' : 's'})` : name;
}
