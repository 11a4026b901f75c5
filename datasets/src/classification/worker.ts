import { handOver } from '../loader/producer.js';
import { type BatchResult, type BatchTask, makeBatch } from './batch.js';

/** Entry point of the classification loader's worker threads. */
export async function work(task: BatchTask): Promise<BatchResult> {
  return handOver(await makeBatch(task));
}
