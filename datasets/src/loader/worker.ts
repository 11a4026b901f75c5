import { move, transferableSymbol, valueSymbol } from 'piscina';
import { type BatchResult, type BatchTask, makeBatch } from './batch.js';

/** Entry point of the loader's worker threads. The batch's pixels are handed over, not copied. */
export async function work(task: BatchTask): Promise<BatchResult> {
  const result = await makeBatch(task);
  const handedOver = { [transferableSymbol]: result.images.buffer, [valueSymbol]: result };
  // Piscina takes the wrapper apart on the way: the caller receives the result itself.
  return move(handedOver) as unknown as BatchResult;
}
