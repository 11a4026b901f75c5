import { lastFinishedStage } from '@onebit/training';

/**
 * The folder of the run that a person means: of a training in stages the last one that has come to its end, else the folder itself.
 * @throws OnebitError ERR_CHECKPOINT for stages of which none has
 */
export async function runFolderOf(folder: string): Promise<string> {
  return (await lastFinishedStage(folder)) ?? folder;
}
