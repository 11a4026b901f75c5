import { tf } from '@onebit/ops';
import { uniform } from '../initializers.js';
import type { LayerScope, WeightBinarizer } from './binarizer.js';
import { type WeightOperand, weightValue } from './operand.js';

/**
 * Weights as a trained sum of K bases, each binarized by itself: `sum over k of lambda_k Q(w_k)`, the layer-wise decomposition of Group-Net (Zhuang et al. 2019, arXiv
 * 1811.10413; groupnet.md section 4). Parameters `weight.k` of the shape of the layer and `scales` `[K]`, at first uniform in [0, 1) as in the released code.
 */
export function summedBases(base: WeightBinarizer, count: number): WeightBinarizer {
  return {
    ...base,
    levels: `sum of ${count} times ${base.levels}`,
    sets: count,
    build(layer) {
      const bases = Array.from({ length: count }, (_, k) => base.build(namedScope(layer, k)));
      const scales = layer.weights({ name: 'scales', shape: [count], role: 'scale', initializer: uniform(0, 1) });
      return {
        latent: bases.flatMap(({ latent }) => latent),
        operand(context) {
          const factors = tf.unstack(scales.variable);
          return sumOf(
            bases.map(({ operand }) => operand(context)),
            factors,
          );
        },
      };
    },
  };
}

/** The layer as base k sees it: its parameters have their number behind their name. */
function namedScope(layer: LayerScope, k: number): LayerScope {
  return {
    ...layer,
    weights: ({ name = 'weight', ...options } = {}) => layer.weights({ ...options, name: `${name}.${k}` }),
    parameter: (name, ...rest) => layer.parameter(`${name}.${k}`, ...rest),
  };
}

/** Sums of signs stay sums of signs; all bases have the same quantizer. */
function sumOf(operands: readonly WeightOperand[], factors: readonly tf.Tensor[]): WeightOperand {
  const signs = operands.filter((operand) => operand.kind === 'signs');
  if (signs.length === operands.length) {
    const terms = signs.flatMap(({ terms }, k) =>
      terms.map(({ latent, factor = 1 }) => ({ latent, factor: tf.mul(factor, factors[k]) })),
    );
    return { ...signs[0], terms };
  }
  const values = operands.map((operand, k) => tf.mul<tf.Tensor4D>(weightValue(operand), factors[k]));
  return { kind: 'real', value: tf.addN(values) };
}
