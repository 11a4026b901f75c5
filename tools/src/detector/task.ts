import type { DetectionBatch } from '@onebit/datasets';
import { bottleneckPresets, type Ssd, ssdLoss } from '@onebit/detection';
import { extraLosses } from '@onebit/nn';
import { type Reading, tf } from '@onebit/ops';
import type { Loss, LossContext, TrainingBatch } from '@onebit/training';
import type { DetectionRecipe } from '../recipes/detection.js';

/** A batch of the loader as the train loop takes it. */
export type DetectorBatch = DetectionBatch & TrainingBatch;

/** The loss of a recipe: SSD's, with BiDet's terms where the recipe has them, and what the method of its layers adds. */
export function detectorLoss(
  model: Ssd,
  recipe: DetectionRecipe,
): (batch: DetectorBatch, context: LossContext) => Reading<Loss> {
  const bottleneck = recipe.model.bottleneck
    ? { ...bottleneckPresets.official, ...recipe.model.bottleneck }
    : bottleneckPresets.none;
  return function* (batch, context) {
    const outputs = model.forward(tf.tensor4d(batch.images, [...batch.shape]), context);
    const { total, terms, weights } = yield* ssdLoss(outputs, batch.targets, model.priors, {
      bottleneck,
      step: context.step,
      noise: context.random,
    });
    // Terms that never count in this recipe would only be columns of zeros in the records.
    const { loc, conf, reg, prior } = terms;
    const extra = extraLosses(model, context);
    return {
      total: Object.values(extra).reduce((sum, term) => tf.add(sum, term), total),
      terms: {
        loc,
        conf,
        ...(weights.reg + bottleneck.beta > 0 && { reg }),
        ...(bottleneck.gamma > 0 && { prior }),
        ...extra,
      },
    };
  };
}

/** The weights in force, as a line for people: user-needs asks that they are printed, not guessed. */
export function lossWeights({ model }: DetectionRecipe): string {
  if (model.bottleneck === null) return 'loc 1, conf 1';
  const { beta, gamma, startStep, sampleScale } = model.bottleneck;
  return `loc 1, conf 1; from step ${startStep}: feature term ${beta}, object prior ${gamma}, box noise ${sampleScale}`;
}
