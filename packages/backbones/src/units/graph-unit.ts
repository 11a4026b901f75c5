import { AvgPool, BatchNorm, type ForwardContext, MaxPool, type Module, type ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { type Activation, makeActivation } from '../activation.js';
import { type StyleGraph, styles } from '../style.js';
import type { Attach, Conv, Unit, UnitOptions } from './unit.js';

/** The parts of a unit whose order is data. */
interface UnitParts {
  readonly conv: Conv;
  readonly pool?: Module<tf.Tensor4D, tf.Tensor4D>;
  readonly norm: BatchNorm;
  readonly activation: Activation;
}

/** A unit of convolution, batch normalisation, shortcut and activation in the order of its style. Children `conv`, `bn` and, where it is trained, `act`. */
export function graphUnit(builder: ModuleBuilder, options: UnitOptions, attach: Attach): Unit {
  const { style, epsilon, activation: kind = styles[style].activation, suffix = '', pool, last: _, ...conv } = options;
  const graph = styles[style];
  const after = graph.norm === 'after';
  // What a ReLU hands over has no negative values; batch normalisation in between mends that.
  const nonNegativeInput = conv.nonNegativeInput === true && after;
  const activation = makeActivation(kind, conv.outChannels);
  const parts = {
    conv: attach(`conv${suffix}`, builder.conv(`conv${suffix}`, { ...conv, nonNegativeInput })),
    norm: attach(`bn${suffix}`, new BatchNorm({ channels: after ? conv.outChannels : conv.inChannels, epsilon })),
    pool: pool && attach(`pool${suffix}`, pool.kind === 'max' ? new MaxPool(pool) : new AvgPool(pool)),
    activation,
  };
  if (activation.module !== undefined) attach(`act${suffix}`, activation.module);
  return { forward: (x, context, { unit } = {}) => run(parts, graph, x, context, unit) };
}

/** Sum and activation are done in the pass of the batch normalisation where that stands right in front of them. */
function run(
  { conv, pool, norm, activation }: UnitParts,
  graph: Pick<StyleGraph, 'norm' | 'rectified' | 'sum'>,
  x: tf.Tensor4D,
  context: ForwardContext,
  shortcut?: tf.Tensor4D,
): tf.Tensor4D {
  const convolve = (input: tf.Tensor4D): tf.Tensor4D => {
    const convolved = conv.forward(input, context);
    const y = pool?.forward(convolved, context) ?? convolved;
    return graph.rectified === true ? tf.relu(y) : y;
  };
  const add = (y: tf.Tensor4D): tf.Tensor4D => (shortcut === undefined ? y : tf.add(y, shortcut));
  if (graph.norm === 'before') {
    const y = convolve(norm.forward(x, context));
    return graph.sum === 'after-activation' ? add(activation.apply(y, context)) : activation.apply(add(y), context);
  }
  const y = convolve(x);
  const normalized = (input: tf.Tensor4D, residual?: tf.Tensor4D) => {
    if (activation.fused !== undefined) {
      return norm.forward(input, context, { residual, activation: activation.fused });
    }
    return activation.apply(norm.forward(input, context, { residual }), context);
  };
  if (graph.sum === 'before-norm') return normalized(add(y));
  return graph.sum === 'after-activation' ? add(normalized(y)) : normalized(y, shortcut);
}
