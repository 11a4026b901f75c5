import type { ActivationQuantizer, PadValue, WeightQuantizer } from '@onebit/ops';

/**
 * How a residual block is built around its convolutions (S sign, C binary convolution, B batch normalisation, H clip to [-1, 1], + shortcut):
 * `plain-cbs` is C B H, C B + H; `xnor-bsc` is B S C, B S C +; `shortcut` is S C B + around every single convolution, without an activation.
 */
export type BlockStyle = 'plain-cbs' | 'xnor-bsc' | 'shortcut';

export interface Citation {
  readonly authors: string;
  readonly title: string;
  readonly venue: string;
  readonly year: number;
  readonly arxiv: string;
}

/** Everything documentation says about a method, beside what follows from its fields. */
export interface MethodText {
  readonly forward: string;
  readonly activationGradient: string;
  readonly weightGradient: string;
  readonly block: string;
  /** What the authors' released code does otherwise than the paper or than this toolkit. */
  readonly differences: readonly string[];
  /** Starting points of a recipe: optimizer, learning rate, weight decay, schedule, with their source. */
  readonly recipe: readonly string[];
}

/** A binarization method of the literature as a value: the parts a binary convolution and the block around it are made of. */
export interface Method {
  readonly name: string;
  readonly title: string;
  readonly citation: Citation;
  readonly activation: ActivationQuantizer;
  readonly weight: WeightQuantizer;
  /** What a border tap contributes, after the sign. */
  readonly padValue: PadValue;
  /** `window-mean` multiplies each output pixel by K, the mean |x| over its window and all channels (XNOR-Net, eq. 11). */
  readonly activationScale: 'none' | 'window-mean';
  /** Subtracts from the latent weights their mean over the input channels, per filter and kernel position, before the sign. */
  readonly centreWeights: boolean;
  /** Half-width the latent weights are clipped to after each update; absent where the method does not clip. */
  readonly clip?: number;
  readonly block: BlockStyle;
  readonly batchNormEpsilon: number;
  readonly text: MethodText;
}

/** What a plan may change about a method. Absent fields keep the method's own value. */
export interface MethodOptions {
  readonly padValue?: PadValue;
  readonly activationScale?: Method['activationScale'];
  readonly centreWeights?: boolean;
  /** A half-width, or `none` for no clipping. */
  readonly clip?: number | 'none';
  readonly weightScale?: WeightQuantizer['scale'];
  readonly weightGradient?: WeightQuantizer['gradient'];
  /** 0 copies PyTorch's sign for parity with released code; such a layer has no packed form. */
  readonly signOfZero?: 0 | 1;
}

/** A method with some of its parts replaced. */
export function withOptions(method: Method, options: MethodOptions): Method {
  const { clip, weightScale, weightGradient, signOfZero } = options;
  return {
    ...method,
    padValue: options.padValue ?? method.padValue,
    activationScale: options.activationScale ?? method.activationScale,
    centreWeights: options.centreWeights ?? method.centreWeights,
    clip: clip === 'none' ? undefined : (clip ?? method.clip),
    activation: { ...method.activation, signOfZero: signOfZero ?? method.activation.signOfZero },
    weight: {
      ...method.weight,
      scale: weightScale ?? method.weight.scale,
      gradient: weightGradient ?? method.weight.gradient,
      signOfZero: signOfZero ?? method.weight.signOfZero,
    },
  };
}

/** Known traps in a combination of parts, one sentence each; empty for a sound one. A command prints them before training starts. */
export function methodWarnings(method: Method): string[] {
  const warnings: string[] = [];
  const masked = method.weight.gradient === 'clip' || method.weight.estimator !== undefined;
  if (masked && method.clip === undefined) {
    warnings.push(
      `${method.name}: the weight gradient is zero outside [-1, 1] and latent weights are not clipped: a weight that leaves the interval never comes back. Set clip: 1.`,
    );
  }
  if (masked && method.clip !== undefined && method.clip > 1) {
    warnings.push(
      `${method.name}: latent weights may grow to ${method.clip} but get no gradient beyond 1. Set clip: 1.`,
    );
  }
  if (method.activationScale === 'window-mean') {
    warnings.push(
      `${method.name}: the activation scale K depends on the pixel and can't be folded into batch normalisation; inference pays for it.`,
    );
  }
  if (method.activation.signOfZero === 0 || method.weight.signOfZero === 0) {
    warnings.push(
      `${method.name}: signOfZero 0 is for parity with released code only; a packed model can't represent a third value.`,
    );
  }
  return warnings;
}
