import type { BatchNorm, BinaryConv2d, Conv2d, ForwardContext, Linear, Module, PrecisionPlan } from '@onebit/nn';
import type { tf } from '@onebit/ops';
import type { Loss, LossContext, TrainOptions } from '../src/index.js';

export interface TinyBatch {
  readonly ids: string[];
  readonly images: Float32Array;
  readonly labels: Int32Array;
}

export class TinyModel extends Module<tf.Tensor4D, tf.Tensor2D> {
  constructor(options?: { seed?: number; channels?: number; plan?: string | PrecisionPlan });
  readonly stem: Conv2d | BinaryConv2d;
  readonly norm1: BatchNorm;
  readonly binary: Conv2d | BinaryConv2d;
  readonly norm2: BatchNorm;
  readonly out: Linear;
  override forward(images: tf.Tensor4D, context: ForwardContext): tf.Tensor2D;
}

export function makeBatch(number: number, batchSize?: number): TinyBatch;
export function batches(startStep: number): AsyncGenerator<TinyBatch>;
export function lossOf(model: TinyModel): (batch: TinyBatch, context: LossContext) => Loss;
export function evaluate(model: TinyModel, options?: { limit?: number }): Promise<{ accuracy: number }>;
export function tinyRun(
  output: string,
  overrides?: Partial<TrainOptions<TinyBatch>>,
  model?: TinyModel,
): TrainOptions<TinyBatch>;
