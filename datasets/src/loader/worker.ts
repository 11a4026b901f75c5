import { type BatchResult, type BatchTask, makeBatch } from './batch.js';
import { handOver } from './producer.js';

/** Entry point of the detection loader's worker threads. */
export async function work(task: BatchTask): Promise<BatchResult> {
  return handOver(await makeBatch(task));
}
