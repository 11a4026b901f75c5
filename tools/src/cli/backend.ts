import { OnebitError } from '@onebit/common';
import { tf } from '@onebit/ops';
import {
  type BackendReport,
  nativeBackendName,
  selectBackend,
  setGradientPrecision,
} from '@onebit/tfjs-backend-native';
import type { DetectionRecipe } from '../recipes/detection.js';
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
  const slow = slowness(report);
  if (slow !== undefined) output.warn(`this is ${slow}; \`onebit doctor\` says why it was taken`);
  return report;
}

/**
 * Makes the gradients of binary convolutions use a recipe's `train.matmul`, for the whole process.
 * @throws OnebitError ERR_BACKEND where the current back end, the CPU or the kernel set cannot.
 */
export function applyMatmul(matmul: DetectionRecipe['train']['matmul']): void {
  const backend = tf.getBackend();
  if (backend === nativeBackendName) {
    setGradientPrecision(matmul);
  } else if (matmul !== 'fp32') {
    throw new OnebitError(
      'ERR_BACKEND',
      `train.matmul: ${matmul} needs the back end native, got ${backend}; use --backend native, or --matmul fp32`,
    );
  }
}

/** `native (avx512, 2 threads)` */
export function describeBackend({ name, detail }: BackendReport): string {
  return `${name} (${detail})`;
}

function slowness({ name, detail }: BackendReport): string | undefined {
  if (name === 'wasm') return 'many times slower than the native back end';
  if (name === 'cpu') return 'thousands of times slower than the native back end';
  if (name === 'webgpu' && detail.endsWith('(software)'))
    return 'a GPU in software, thousands of times slower than one';
  return undefined;
}
