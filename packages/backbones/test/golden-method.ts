import { BinaryConv2d, type Method, type Module } from '@onebit/nn';
import { type ActivationQuantizer, binarize, binarizeWeight, tf, type WeightQuantizer } from '@onebit/ops';
import { expect, test } from 'vitest';
import { compared, goldenFile, hasGolden } from '../../../test/golden.js';
import { eachBackEnd } from '../../tfjs-backend-native/test/back-ends.js';
import { compareMode, Golden, type ModuleCase, type Tolerance } from './golden-module.js';

/** The README of the vectors: signs exactly, everything else relative to the largest entry. */
export const exact: Tolerance = () => 0;
export const relative: Tolerance = (largest) => 1e-5 * Math.max(1, largest);
/** The README's tolerance of AdaBin and ReCU. */
export const relaxed: Tolerance = (largest) => 1e-4 * Math.max(1, largest);

/** Makes the module of a case: `prefix` names it in the file. */
export type Build = (golden: Golden, prefix: string) => Module<tf.Tensor4D, tf.Tensor4D>;

/** The golden test of `methods/NAME.safetensors` on the plain and the native back end. Fails unless `body` used every tensor of the file: fed it in, or compared it. */
export function goldenMethod(name: string, body: (golden: Golden) => void): void {
  const kind = `methods/${name}.safetensors`;
  eachBackEnd(
    (start) => {
      test.skipIf(!hasGolden(kind))(kind, async () => {
        await start();
        const golden = new Golden(goldenFile(kind));
        body(golden);
        expect(golden.unused, 'tensors of the file that were neither fed in nor compared').toEqual([]);
        compared(kind, golden.count);
      });
    },
    ['cpu', 'native'],
  );
}

/** Signs, those of the official code with sign(0) = 0, and the estimator's gradient. */
export function compareActivation(golden: Golden, prefix: string, quantizer: ActivationQuantizer): void {
  tf.tidy(() => {
    const x = golden.raw(`${prefix}.x`);
    golden.compare(`${prefix}.y`, binarize(x, quantizer), exact);
    const official = `${prefix}.y_official`;
    if (golden.has(official)) golden.compare(official, binarize(x, { ...quantizer, signOfZero: 0 }), exact);
    const gradient = tf.grad((t) => binarize(t, quantizer))(x, golden.raw(`${prefix}.grad_out`));
    golden.compare(`${prefix}.grad_x`, gradient, relative);
  });
}

/** Binary weights from `weight.<from>`, their scale, and the latent gradient. */
export function compareWeight(
  golden: Golden,
  quantizer: WeightQuantizer,
  { from = 'w', gradient = 'grad_w' } = {},
): void {
  tf.tidy(() => {
    const w = golden.parameter(`weight.${from}`);
    const binary = binarizeWeight(w, quantizer);
    golden.compareParameter('weight.wb', binary, relative);
    if (golden.has('weight.alpha'))
      golden.compareParameter('weight.alpha', tf.max(tf.abs(binary), [0, 1, 2], true), relative);
    if (golden.has('weight.wb_official')) {
      golden.compareParameter('weight.wb_official', binarizeWeight(w, { ...quantizer, signOfZero: 0 }), relative);
    }
    const latent = tf.grad((t) => binarizeWeight(t, quantizer))(w, golden.parameter('weight.grad_out'));
    golden.compareParameter(`weight.${gradient}`, latent, relative);
  });
}

/** Options of the convolution whose tensors have these names in the file. */
export function convOptions(golden: Golden, weight: string, x: string, gradOut: string) {
  const [outChannels, inChannels, kernelSize] = golden.tensor(weight).shape;
  const stride = Math.ceil(golden.tensor(x).shape[2] / golden.tensor(gradOut).shape[2]);
  return { inChannels, outChannels, kernelSize, stride };
}

/** One binary convolution, forward and backward; `rename` gives the file's name of one of our parameters, by default `w` for the weights. */
export function compareConv(
  golden: Golden,
  prefix: string,
  method: Method,
  { rename = (name: string) => (name === 'weight' ? 'w' : name), tolerance = relative } = {},
): BinaryConv2d {
  const name = (part: string) => `${prefix}.${part}`;
  const options = convOptions(golden, name('w'), name('x'), name('grad_out'));
  const module = new BinaryConv2d({ ...options, method }, { seed: 0, path: '' });
  const initial = (parameter: string) => name(rename(parameter));
  const moduleCase = { golden, module, initial, x: name('x'), gradOut: name('grad_out') };
  const gradient = (parameter: string) => name(`grad_${rename(parameter)}`);
  compareMode(moduleCase, { training: false, y: name('y'), gradX: name('grad_x'), gradient }, tolerance, tolerance);
  return module;
}

/** A block in train and eval mode; `rename` gives the file's name of one of our parameters. */
export function compareBlock(
  golden: Golden,
  prefix: string,
  build: Build,
  rename: (name: string) => string,
  tolerance: Tolerance = relative,
): void {
  const module = build(golden, prefix);
  const initial = (name: string) => `${prefix}.p.${rename(name)}`;
  const moduleCase: ModuleCase = { golden, module, initial, x: `${prefix}.x`, gradOut: `${prefix}.grad_out` };
  for (const mode of ['train', 'eval']) {
    const names = {
      training: mode === 'train',
      y: `${prefix}.${mode}.y`,
      gradX: `${prefix}.${mode}.grad_x`,
      gradient: (name: string) => `${prefix}.${mode}.grad.${rename(name)}`,
      statistic: mode === 'train' ? (name: string) => `${prefix}.train.stat.${rename(name)}` : undefined,
    };
    compareMode(moduleCase, names, tolerance, tolerance);
  }
  module.dispose();
}
