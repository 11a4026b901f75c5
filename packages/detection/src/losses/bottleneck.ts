/**
 * Settings of BiDet's information-bottleneck terms (Wang et al., CVPR 2020, arXiv 2003.03961; bidet.md sections 7 to 9). The network minimises what its
 * feature maps carry of the image beside what detection needs (`beta`), and the entropy of the surviving boxes of each object (`gamma`).
 */
export interface BottleneckOptions {
  /** Weight of the feature term. */
  readonly beta: number;
  /** Weight of the sparse object prior. */
  readonly gamma: number;
  /** Step (number of updates done) from which both weights apply; before it they are 0. */
  readonly startStep: number;
  /** Scale of the noise that box offsets are sampled with, 0 for none: then the predicted log-variances get no gradient. */
  readonly sampleScale: number;
  /** Class probability above which a box takes part in the object prior. */
  readonly scoreThreshold: number;
  /** IoU of its suppression. */
  readonly iou: number;
  /** Boxes of a class that take part in its suppression. */
  readonly topK: number;
}

/**
 * Named settings. `official`: the released SSD code, where the terms start with the first learning-rate step (iteration 30,000 on VOC); there `beta` 0.1 is
 * the paper's 10 divided through. `none`: plain SSD.
 */
export const bottleneckPresets = {
  official: { beta: 0.1, gamma: 0.2, startStep: 30_000, sampleScale: 0, scoreThreshold: 0.03, iou: 0.45, topK: 200 },
  none: { beta: 0, gamma: 0, startStep: 0, sampleScale: 0, scoreThreshold: 0.03, iou: 0.45, topK: 200 },
} as const satisfies Record<string, BottleneckOptions>;

/** The weights in force at a step. */
export function bottleneckWeights(
  { beta, gamma, startStep }: BottleneckOptions,
  step: number,
): { beta: number; gamma: number } {
  return step >= startStep ? { beta, gamma } : { beta: 0, gamma: 0 };
}
