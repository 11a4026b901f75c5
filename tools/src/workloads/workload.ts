import type { AnyModule } from '@onebit/nn';
import type { MaybeReading } from '@onebit/ops';
import type { Loss, LossContext, OptimizerChoice } from '@onebit/training';

/** A training step to be timed or profiled: what `onebit train` would run, on one batch of noise that does not change. */
export interface Workload {
  readonly name: string;
  readonly batch: number;
  /** Side of the square pictures in pixels. */
  readonly imageSize: number;
  readonly model: AnyModule;
  readonly optimizer: OptimizerChoice;
  /** Largest global norm of the gradients. */
  readonly gradientClip?: number;
  /** Number of the step that is repeated; terms of the loss that start late are in force from it on. */
  readonly step: number;
  /** The loss on the batch of the workload. */
  lossOf(context: LossContext): MaybeReading<Loss>;
}
