import { ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { weightValue } from '../../../nn/src/binarizers/operand.js';
import { projectedSigns, projectionLoss } from '../../../nn/src/binarizers/projected-sign.js';
import { ConvUnit } from '../../src/unit.js';
import { type Build, compareBlock, convOptions, goldenMethod, relative } from '../golden-method.js';
import type { Golden } from '../golden-module.js';

/** lambda and eta of the file, by its README. */
const [strength, rate] = [0.01, 0.1];

/** `[J, O, I, kh, kw]` of the file to `[J, kh, kw, I, O]`, and back. */
const kernelOrder = [0, 3, 4, 2, 1];
const fileOrder = [0, 4, 3, 1, 2];

function compareProjection(golden: Golden): void {
  tf.tidy(() => {
    const c = golden.parameter('proj.c') as tf.Tensor4D;
    const matrices = golden.raw('proj.w') as tf.Tensor3D;
    const count = matrices.shape[0];
    const delta = tf.transpose(golden.raw('proj.delta'), kernelOrder);
    const stacked = (kernels: tf.Tensor4D) => tf.stack(tf.split(kernels, count, 3));
    const quantized = stacked(weightValue(projectedSigns(c, matrices)));
    golden.compare('proj.q', tf.transpose(quantized, fileOrder), relative);
    golden.compare('proj.a', tf.max(quantized), relative);
    const task = (t: tf.Tensor) => stacked(weightValue(projectedSigns(t as tf.Tensor4D, matrices)));
    golden.compareParameter('proj.task_grad_c', tf.grad(task)(c, delta), relative);
    const loss = (t: tf.Tensor, w: tf.Tensor) =>
      tf.mul(projectionLoss(tf.add(t, tf.mul(delta, rate)), w as tf.Tensor3D, quantized), strength);
    golden.compare('proj.loss', loss(c, matrices), relative);
    const [atC, atMatrices] = tf.grads(loss)([c, matrices]);
    golden.compareParameter('proj.loss_grad_c', atC, relative);
    golden.compare('proj.loss_grad_w', atMatrices, relative);
  });
}

const rename = (name: string) =>
  name.replace('conv.weight', 'w').replace('act.alpha', 'slope').replace('variance', 'var');

/** The weights of the blocks are quantized already. */
const unitOf = (golden: Golden, prefix: string, output: string) => {
  const { kernelSize: _, ...options } = convOptions(golden, `${prefix}.p.w`, `${prefix}.x`, output);
  return new ConvUnit(
    new ModuleBuilder({ plan: [{ match: '**', precision: { method: 'pcnn', weights: 'real' } }] }),
    options,
  );
};

function compareEvaluation(golden: Golden, prefix: string): void {
  tf.tidy(() => {
    const unit = unitOf(golden, prefix, `${prefix}.y`);
    const parameters = unit.namedParameters().map(([name, { variable }]) => [name, variable] as const);
    for (const [name, variable] of [...parameters, ...unit.namedBuffers()]) {
      variable.assign(golden.parameter(`${prefix}.p.${rename(name)}`));
    }
    golden.compareMap(`${prefix}.y`, unit.forward(golden.map(`${prefix}.x`), { training: false }), relative);
    unit.dispose();
  });
}

goldenMethod('pcnn', (golden) => {
  compareProjection(golden);
  const build: Build = (g, prefix) => unitOf(g, prefix, `${prefix}.grad_out`);
  for (const prefix of golden.cases('p.w')) {
    if (golden.has(`${prefix}.grad_out`)) compareBlock(golden, prefix, build, rename);
    else compareEvaluation(golden, prefix);
  }
});
