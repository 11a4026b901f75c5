import type { PadValue } from '@onebit/ops';
import type { ActivationBinarizer, OutputScaling, WeightBinarizer } from '../binarizers/binarizer.js';
import type { GroupForm } from './group-form.js';

/**
 * How a residual block is built around its convolutions. S stands for the binarization inside a binary convolution C, B for batch normalisation, H for a clip to
 * [-1, 1], P for a PReLU, R for ReActNet's shifted PReLU, M for AdaBin's Maxout, + for the shortcut:
 * `plain-cbs` is C B H, C + B H; `xnor-bsc` is B S C, B S C +; around every single convolution `shortcut` is S C B +, `shortcut-clip` S C B + H, `shortcut-rprelu`
 * S C B + R, `shortcut-maxout` S C B + M, `shortcut-rectified` S C ReLU B +, `norm-first-prelu` B S C P +, `norm-first-sum-prelu` B S C + P.
 * `bnext` and `poke` have units of their own. `group` is K parallel branches of `shortcut-rectified`, see {@link GroupForm}.
 */
export type BlockStyle =
  | 'plain-cbs'
  | 'xnor-bsc'
  | 'shortcut'
  | 'shortcut-clip'
  | 'shortcut-rprelu'
  | 'shortcut-maxout'
  | 'shortcut-rectified'
  | 'norm-first-prelu'
  | 'norm-first-sum-prelu'
  | 'bnext'
  | 'poke'
  | 'group';

export interface Citation {
  readonly authors: string;
  readonly title: string;
  readonly venue: string;
  readonly year: number;
  /** Absent for works that are not there. */
  readonly arxiv?: string;
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

/** An option that a plan may give beside a method's name. */
export interface MethodOption {
  /** The values it takes, for errors and documentation. */
  readonly accepts: string;
  /** The method with this option; undefined for a value that is not accepted. */
  apply(method: Method, value: unknown): Method | undefined;
}

/** A binarization method of the literature as a value: the parts a binary convolution and the block around it are made of. */
export interface Method {
  readonly name: string;
  readonly title: string;
  readonly citation: Citation;
  readonly activation: ActivationBinarizer;
  readonly weight: WeightBinarizer;
  /** What multiplies the result of the convolution; default nothing. */
  readonly output?: OutputScaling;
  /** What a border tap contributes, after the sign. */
  readonly padValue: PadValue;
  /** Half-width the latent weights are clipped to after each update; absent where the method does not clip. */
  readonly clip?: number;
  readonly block: BlockStyle;
  readonly batchNormEpsilon: number;
  /** The K bases of Group-Net; a convolution outside of its blocks is the sum of K binary ones. */
  readonly group?: GroupForm;
  /** True: the 1x1 convolutions of shortcuts, float by custom, are binary too. */
  readonly binaryShortcuts?: true;
  /** Options beside those that every method has (`padValue`, `clip`, `weights`, `activations`). */
  readonly options?: Readonly<Record<string, MethodOption>>;
  /** Golden files, below the folder of the vectors, that the method is compared with. */
  readonly golden: readonly string[];
  /** The test that does it, from the root of the project. */
  readonly test: string;
  readonly text: MethodText;
}
