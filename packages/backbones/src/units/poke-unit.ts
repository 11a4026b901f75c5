import { AvgPool, BatchNorm, DPRelu, MaxPool, type ModuleBuilder, SqueezeExcite } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { fittedShortcut } from '../shortcut.js';
import type { Attach, Unit, UnitOptions } from './unit.js';

/**
 * A unit of PokeBNN (Zhang et al. 2022, arXiv 2112.00133; binarization-methods.md section 3.8) with shortcuts without weights: its own, and that of the block at the last unit. Children `conv`, `bn`, `act`
 * (DPReLU), `gate`, `out` (the second batch normalisation).
 */
export function pokeUnit(builder: ModuleBuilder, options: UnitOptions, attach: Attach): Unit {
  const { style: _, epsilon, activation: __, suffix = '', pool: poolOptions, last = false, ...convOptions } = options;
  const { inChannels, outChannels: channels } = convOptions;
  const conv = attach(`conv${suffix}`, builder.conv(`conv${suffix}`, { ...convOptions, nonNegativeInput: false }));
  const pool =
    poolOptions &&
    attach(`pool${suffix}`, poolOptions.kind === 'max' ? new MaxPool(poolOptions) : new AvgPool(poolOptions));
  const norm = attach(`bn${suffix}`, new BatchNorm({ channels, epsilon, initialScale: last ? 0 : 1 }));
  const act = attach(`act${suffix}`, new DPRelu({ channels }));
  const initial = { seed: builder.seed, path: `${builder.path}.gate${suffix}` };
  const gateOptions = { inChannels, outChannels: channels, gate: 'hard-sigmoid' } as const;
  const gate = attach(`gate${suffix}`, new SqueezeExcite(gateOptions, initial));
  const out = attach(`out${suffix}`, new BatchNorm({ channels, epsilon }));
  return {
    forward(x, context, { block } = {}) {
      const convolved = conv.forward(x, context);
      const y = pool?.forward(convolved, context) ?? convolved;
      const own = fittedShortcut(x, { shape: y.shape, extend: 'pad', window: 'overlap' });
      const around = block && fittedShortcut(block, { shape: y.shape, extend: 'repeat', window: 'overlap' });
      const sum = norm.forward(y, context, { residual: around === undefined ? own : tf.add(own, around) });
      const gated = tf.mul<tf.Tensor4D>(act.forward(sum, context), gate.forward(x, context));
      return out.forward(gated, context);
    },
  };
}
