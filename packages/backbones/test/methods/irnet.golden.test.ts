import { type Method, ModuleBuilder, methods } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { ede, edeSlope } from '../../../nn/src/binarizers/ede.js';
import { powerOfTwoScales, standardizeFilters } from '../../../nn/src/binarizers/libra.js';
import { withActivation, withWeight } from '../../../nn/src/methods/options.js';
import { ResidualBlock } from '../../src/block.js';
import {
  type Build,
  compareActivation,
  compareBlock,
  compareConv,
  convOptions,
  goldenMethod,
  relative,
} from '../golden-method.js';
import type { Golden } from '../golden-module.js';

const { activation } = methods.irnet;

/** What t is in the cases of the file, by its README. */
const slopes: Readonly<Record<string, number>> = {
  act_early: 0.1,
  act_mid: 1,
  act_late: 10,
  conv_early: 0.1,
  conv_late: 3,
};

/** The block was run with t = 2, 0.1 * 100^progress; that the README leaves out follows from the stored gradients. */
const blockProgress = Math.log(20) / Math.log(100);

function methodAt(t: number): Method {
  return withActivation(withWeight(methods.irnet, { estimator: ede(t) }), { estimator: ede(t) });
}

function compareSchedule(golden: Golden): void {
  tf.tidy(() => {
    const epochs = golden.tensor('schedule.epoch').data as Int32Array;
    // By the README epochs run to the last one listed, from 1e-3 to 10.
    const total = Math.max(...epochs);
    const t = Array.from(epochs, (epoch) => edeSlope({ tMin: 1e-3, tMax: 10 }, epoch / total));
    golden.compare('schedule.t', tf.tensor1d(t), relative);
    const k = t.map((slope) => ede(slope).derivative(tf.scalar(0)).dataSync()[0] / slope);
    golden.compare('schedule.k', tf.tensor1d(k), relative);
  });
}

function compareLibra(golden: Golden, prefix: string): void {
  tf.tidy(() => {
    const standardized = standardizeFilters(golden.parameter(`${prefix}.w`) as tf.Tensor4D);
    golden.compareParameter(`${prefix}.standardized`, standardized, relative);
    const scales = powerOfTwoScales(standardized);
    golden.compareParameter(`${prefix}.shift`, tf.reshape(scales, [1, 1, 1, -1]), relative);
    const signs = tf.sub(tf.mul(tf.cast(tf.greaterEqual(standardized, 0), 'float32'), 2), 1);
    golden.compareParameter(`${prefix}.wb`, tf.mul(signs, scales), relative);
  });
}

goldenMethod('irnet', (golden) => {
  compareSchedule(golden);
  for (const prefix of golden.cases('y').filter((name) => name.startsWith('act'))) {
    compareActivation(golden, prefix, { ...activation.quantizer(1), estimator: ede(slopes[prefix]) });
  }
  for (const prefix of golden.cases('w').filter((name) => name.startsWith('conv'))) {
    compareLibra(golden, prefix);
    compareConv(golden, prefix, methodAt(slopes[prefix]));
  }
  const build: Build = (g, prefix) => {
    const { kernelSize: _, ...options } = convOptions(g, `${prefix}.p.w1`, `${prefix}.x`, `${prefix}.grad_out`);
    return new ResidualBlock(new ModuleBuilder({ plan: 'irnet' }), options);
  };
  const rename = (name: string) => name.replace(/^conv(\d).weight$/, 'w$1').replace('variance', 'var');
  for (const prefix of golden.cases('p.w1')) compareBlock(golden, prefix, build, rename, { progress: blockProgress });
});
