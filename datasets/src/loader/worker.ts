import { move } from 'piscina';
import { type BatchResult, type BatchTask, makeBatch } from './batch.js';

/** Entry point of the loader's worker threads. The batch's pixels are handed over, not copied. */
export async function work(task: BatchTask): Promise<BatchResult> {
  const result = await makeBatch(task);
  return { ...result, images: move(result.images) as Float32Array };
}
