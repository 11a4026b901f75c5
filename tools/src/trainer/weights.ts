import { type AnyModule, loadState } from '@onebit/nn';
import { type Checkpoint, checkFingerprint, readCheckpoint } from '@onebit/training';

/** Which of a run's checkpoints. */
export type WhichCheckpoint = 'best' | 'latest';

/** A run's checkpoint; the latest one where the best is asked for and none was ever evaluated. @throws OnebitError ERR_CHECKPOINT, ERR_FORMAT */
export function readRunCheckpoint(folder: string, which: WhichCheckpoint): Promise<Checkpoint> {
  return readCheckpoint(folder, which).catch((error: unknown) => {
    if (which === 'best') return readCheckpoint(folder, 'latest');
    throw error;
  });
}

/**
 * Loads the weights of a run into a model built by its recipe: the moving average where the run keeps one, since that is what was evaluated.
 * @throws OnebitError when there is no checkpoint, it is damaged or of another architecture.
 */
export async function loadRunWeights(model: AnyModule, folder: string, which: WhichCheckpoint): Promise<Checkpoint> {
  const checkpoint = await readRunCheckpoint(folder, which);
  checkFingerprint(folder, checkpoint, model);
  loadState(model, checkpoint.ema ?? checkpoint.model);
  return checkpoint;
}
