import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageClassifier } from '@onebit/backbones';
import { writeFileAtomic } from '@onebit/common';
import type { ClassificationDataset } from '@onebit/datasets';
import { copyLeadingSlices } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { type Chromosome, recalibrate } from '@onebit/training';
import { classifyAll } from '../../classifier/classify.js';
import { measureClassifier } from '../../classifier/measure.js';
import { classifierLoader } from '../../classifier/train.js';
import type { NetworkCost, WidthSpace } from './space.js';

/** A network of the space as the search measured it. */
export interface ScoredNetwork extends NetworkCost {
  readonly widths: readonly number[];
  readonly channels: readonly number[];
  /** Share of the held-out pictures that it recognises on the supernet's weights, in [0, 1]. */
  readonly top1: number;
  /** Mean cross entropy of the held-out pictures. */
  readonly loss: number;
}

/** What {@link Scorer} measures with. */
export interface ScorerOptions {
  readonly space: WidthSpace;
  readonly supernet: ImageClassifier;
  /** Pictures whose batches re-estimate running statistics. */
  readonly train: ClassificationDataset;
  readonly heldOut: ClassificationDataset;
  /** Number of these batches. */
  readonly recalibrate: number;
  /** Folder that keeps the scores, a file for each network. */
  readonly folder: string;
  readonly workers?: number;
}

/** Measures networks on the weights of a supernet, each once: what is in the folder is not measured again. */
export class Scorer {
  constructor(private readonly options: ScorerOptions) {}

  async score(chromosome: Chromosome): Promise<ScoredNetwork> {
    const { space, folder } = this.options;
    const path = join(folder, `${space.widthsOf(chromosome).join('-')}.json`);
    const kept = await readFile(path, 'utf8').catch(() => undefined); // written at once or not at all
    if (kept !== undefined) return JSON.parse(kept) as ScoredNetwork;
    const measured = await this.#measure(chromosome);
    const network: ScoredNetwork = {
      widths: space.widthsOf(chromosome),
      channels: space.channelsOf(chromosome),
      ...space.costOf(chromosome),
      ...measured,
    };
    await writeFileAtomic(path, `${JSON.stringify(network, null, 2)}\n`);
    return network;
  }

  /** With running statistics of its own: shared weights say nothing without them (NAS-BNN, arXiv 2408.15484). */
  async #measure(chromosome: Chromosome): Promise<Pick<ScoredNetwork, 'top1' | 'loss'>> {
    const { space, supernet, train, heldOut, recalibrate: count, workers } = this.options;
    const recipe = space.recipeOf(chromosome);
    const model = space.build(chromosome);
    const loader = classifierLoader(recipe, train.samples, 0, { workers });
    try {
      copyLeadingSlices(supernet, model);
      await recalibrate(model, loader, count, ({ images, shape }, context) =>
        model.forward(tf.tensor4d(images, [...shape]), context),
      );
      const { top1, loss } = measureClassifier(
        await classifyAll(model, recipe, heldOut.samples, { workers }),
        heldOut.classes.length,
      );
      return { top1, loss };
    } finally {
      await loader.close();
      model.dispose();
    }
  }
}
