import { type ForwardContext, Maxout, type Module, PRelu, RPRelu } from '@onebit/nn';
import { type BatchNormActivation, tf } from '@onebit/ops';

/** What may stand behind a unit of a residual network; `relu6` goes to [0, 6], `clip` to [-1, 1], `rprelu` is ReActNet's, `maxout` AdaBin's. */
export type ActivationKind = 'none' | 'relu' | 'relu6' | 'clip' | 'prelu' | 'rprelu' | 'maxout';

/** An activation and, where it is trained, the module that has its parameters. */
export interface Activation {
  readonly module?: Module<tf.Tensor4D, tf.Tensor4D>;
  /** What a batch normalisation in front can do in its own pass; undefined where it can't. */
  readonly fused?: BatchNormActivation;
  apply(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D;
}

/** True for activations without negative values: the sign of what they give would be +1 everywhere. */
export function isRectifier(kind: ActivationKind): boolean {
  return kind === 'relu' || kind === 'relu6';
}

export function makeActivation(kind: ActivationKind, channels: number): Activation {
  if (kind === 'none') return { fused: 'none', apply: (x) => x };
  if (kind === 'relu') return { fused: 'relu', apply: (x) => tf.relu(x) };
  if (kind === 'relu6') return { apply: (x) => tf.clipByValue(x, 0, 6) };
  if (kind === 'clip') return { fused: 'clip', apply: (x) => tf.clipByValue(x, -1, 1) };
  if (kind === 'prelu') {
    const module = new PRelu({ channels });
    return {
      module,
      // Asked for in each forward pass, because slopes may come from another network then.
      get fused() {
        return module.activation;
      },
      apply: (x, context) => module.forward(x, context),
    };
  }
  const module = kind === 'rprelu' ? new RPRelu({ channels }) : new Maxout({ channels });
  return { module, apply: (x, context) => module.forward(x, context) };
}
