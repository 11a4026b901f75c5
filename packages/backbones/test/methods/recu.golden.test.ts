import { ModuleBuilder, methods } from '@onebit/nn';
import { binarizeWeight, tf } from '@onebit/ops';
import { laplaceFilters, rectifiedQuantile, rectifiedTau } from '../../../nn/src/binarizers/rectified-clamp.js';
import { ResidualBlock } from '../../src/block.js';
import {
  type Build,
  compareBlock,
  compareConv,
  convOptions,
  exact,
  goldenMethod,
  relative,
  relaxed,
} from '../golden-method.js';
import type { Golden } from '../golden-module.js';

/** tau of the layers, by the README. */
const layerTau = 0.9;
/** That of the block is not told; it follows from the stored gradients. */
const blockTau = 0.95;

/** Where in a run tau has this value. */
function progressAt(tau: number): number {
  return Math.log(1 + ((tau - rectifiedTau(0)) * (Math.E - 1)) / (rectifiedTau(1) - rectifiedTau(0)));
}

function compareSchedule(golden: Golden): void {
  const epochs = golden.tensor('schedule.epoch').data as Int32Array;
  // By the README epochs run to the last one listed.
  const total = Math.max(...epochs);
  tf.tidy(() => {
    golden.compare('schedule.tau', tf.tensor1d(Array.from(epochs, (epoch) => rectifiedTau(epoch / total))), relative);
  });
}

goldenMethod('recu', (golden) => {
  compareSchedule(golden);
  for (const prefix of golden.cases('q_tau')) {
    tf.tidy(() => {
      const z = laplaceFilters(golden.parameter(`${prefix}.w`) as tf.Tensor4D);
      golden.compare(`${prefix}.q_tau`, rectifiedQuantile(z, layerTau), relaxed);
      const signs = binarizeWeight(z, { scale: 'none', gradient: 'identity', signOfZero: 1 });
      golden.compareParameter(`${prefix}.wb`, signs, exact);
    });
    const rename = (name: string) => (name === 'weight' ? 'w' : name);
    const training = prefix.endsWith('train');
    compareConv(golden, prefix, methods.recu, { rename, tolerance: relaxed, training, progress: progressAt(layerTau) });
  }
  const build: Build = (g, prefix) => {
    const { kernelSize: _, ...options } = convOptions(g, `${prefix}.p.w1`, `${prefix}.x`, `${prefix}.grad_out`);
    return new ResidualBlock(new ModuleBuilder({ plan: 'recu' }), options);
  };
  const rename = (name: string) =>
    name
      .replace(/^conv(\d)\.weight$/, 'w$1')
      .replace(/^conv(\d)\.alpha$/, 'a$1')
      .replace('variance', 'var');
  const options = { tolerance: relaxed, progress: progressAt(blockTau) };
  for (const prefix of golden.cases('p.w1')) compareBlock(golden, prefix, build, rename, options);
});
