import { AvgPool, BatchNorm, MaxPool, type ModuleBuilder, PRelu, Recoupling } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { fittedShortcut } from '../shortcut.js';
import type { Attach, Unit, UnitOptions } from './unit.js';

/**
 * A unit of BNext (Guo et al. 2022, arXiv 2211.12933; binarization-methods.md section 3.7) with a shortcut of its own, without weights. A 3x3 convolution that is not the last of its block is an attention
 * unit, which multiplies onto the shortcut; the others are FFN units. Children `conv`, `bn`, `act` (PReLU), `gate`, `out` (the second batch normalisation) and, for attention, `in` (PReLU of the shortcut).
 */
export function bnextUnit(builder: ModuleBuilder, options: UnitOptions, attach: Attach): Unit {
  const { style: _, epsilon, activation: __, suffix = '', pool: poolOptions, last = false, ...convOptions } = options;
  const { inChannels, outChannels: channels, kernelSize } = convOptions;
  const conv = attach(`conv${suffix}`, builder.conv(`conv${suffix}`, { ...convOptions, nonNegativeInput: false }));
  const pool =
    poolOptions &&
    attach(`pool${suffix}`, poolOptions.kind === 'max' ? new MaxPool(poolOptions) : new AvgPool(poolOptions));
  const norm = attach(`bn${suffix}`, new BatchNorm({ channels, epsilon }));
  const act = attach(`act${suffix}`, new PRelu({ channels }));
  const path = `${builder.path}.gate${suffix}`;
  const recoupling = attach(`gate${suffix}`, new Recoupling({ channels }, { seed: builder.seed, path }));
  const out = attach(`out${suffix}`, new BatchNorm({ channels, epsilon }));
  const attention = kernelSize !== 1 && !last;
  const rectified = attention ? attach(`in${suffix}`, new PRelu({ channels: inChannels })) : undefined;
  return {
    forward(x, context) {
      const fit = (map: tf.Tensor4D) => fittedShortcut(map, { shape: y.shape, extend: 'repeat', window: 'fit' });
      const convolved = conv.forward(x, context);
      const y = pool?.forward(convolved, context) ?? convolved;
      const h = norm.forward(y, context, { activation: act.activation });
      const core = recoupling.forward({ input: fit(x), output: h }, context);
      if (rectified === undefined) return out.forward(core, context, { residual: fit(x) });
      const shortcut = fit(rectified.forward(x, context));
      return out.forward(tf.mul(core, shortcut), context, { residual: shortcut });
    },
  };
}
