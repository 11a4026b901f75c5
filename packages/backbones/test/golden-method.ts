import {
  type ActivationBinarizer,
  BinaryConv2d,
  inference,
  type LayerScope,
  type Method,
  type Module,
  Parameter,
} from '@onebit/nn';
import { type ActivationQuantizer, binarize, binarizeWeight, tf, type WeightQuantizer } from '@onebit/ops';
import { expect, test } from 'vitest';
import { compared, goldenFile, hasGolden } from '../../../test/golden.js';
import { convolveOperands } from '../../nn/src/binarizers/operand.js';
import { convGeometry } from '../../nn/src/layers/geometry.js';
import { eachBackEnd } from '../../tfjs-backend-native/test/back-ends.js';
import { compareMode, Golden, type ModuleCase, type Tolerance } from './golden-module.js';

/** The README of the vectors: signs exactly, everything else relative to the largest entry. */
export const exact: Tolerance = () => 0;
export const relative: Tolerance = (largest) => 1e-5 * Math.max(1, largest);
/** The README's tolerance of AdaBin and ReCU. */
export const relaxed: Tolerance = (largest) => 1e-4 * Math.max(1, largest);

/** Makes the module of a case: `prefix` names it in the file. */
export type Build = (golden: Golden, prefix: string) => Module<tf.Tensor4D, tf.Tensor4D>;

/**
 * The golden test of `methods/NAME.safetensors` on the plain and the native back end. Fails unless `body` used every tensor of the file (fed it in, or compared it), those
 * aside whose names match `elsewhere`: they belong to another room.
 */
export function goldenMethod(name: string, body: (golden: Golden) => void, elsewhere?: RegExp): void {
  const kind = `methods/${name}.safetensors`;
  eachBackEnd(
    (start) => {
      test.skipIf(!hasGolden(kind))(kind, async () => {
        await start();
        const golden = new Golden(goldenFile(kind));
        body(golden);
        const unused = golden.unused.filter((tensor) => elsewhere?.test(tensor) !== true);
        expect(unused, 'tensors of the file that were neither fed in nor compared').toEqual([]);
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

/** How a layer of the file was run. */
interface LayerOptions {
  /** The file's name of one of our parameters. */
  readonly rename?: (name: string) => string;
  readonly tolerance?: Tolerance;
  readonly training?: boolean;
  readonly progress?: number;
}

/** One binary convolution, forward and backward; `rename` gives the file's name of one of our parameters, by default `w` for the weights. */
export function compareConv(
  golden: Golden,
  prefix: string,
  method: Method,
  { rename = (name: string) => (name === 'weight' ? 'w' : name), ...options }: LayerOptions = {},
): BinaryConv2d {
  const name = (part: string) => `${prefix}.${part}`;
  const geometry = convOptions(golden, name('w'), name('x'), name('grad_out'));
  const module = new BinaryConv2d({ ...geometry, method }, { seed: 0, path: '' });
  compareLayer(golden, prefix, module, { rename, ...options });
  return module;
}

/** A layer whose tensors are called `PREFIX.PARAMETER`, their gradients `PREFIX.grad_PARAMETER`. */
export function compareLayer(
  golden: Golden,
  prefix: string,
  module: Module<tf.Tensor4D, tf.Tensor4D>,
  { rename = (name: string) => name, tolerance = relative, training = false, progress }: LayerOptions = {},
): void {
  const name = (part: string) => `${prefix}.${part}`;
  const initial = (parameter: string) => name(rename(parameter));
  const moduleCase = { golden, module, initial, x: name('x'), gradOut: name('grad_out') };
  const gradient = (parameter: string) => name(`grad_${rename(parameter)}`);
  const names = { training, progress, y: name('y'), gradX: name('grad_x'), gradient };
  compareMode(moduleCase, names, tolerance, tolerance);
}

/** A trained activation binarizer: levels, the gradient of its estimator and those of its parameters, called `PREFIX.NAME`. */
export function compareTrainedActivation(
  golden: Golden,
  prefix: string,
  binarizer: ActivationBinarizer,
  { rename = (name: string) => name, tolerance = relative } = {},
): void {
  const name = (part: string) => `${prefix}.${part}`;
  const vector = golden.tensor(name('x')).shape.length === 1;
  const map = (part: string) => (vector ? tf.reshape(golden.raw(name(part)), [-1, 1, 1, 1]) : golden.map(name(part)));
  const compareMap = (part: string, t: tf.Tensor) => {
    if (vector) golden.compare(name(part), tf.reshape(t, [-1]), tolerance);
    else golden.compareMap(name(part), t, tolerance);
  };
  tf.tidy(() => {
    const x = tf.variable(map('x')) as tf.Variable<tf.Rank.R4>;
    const channels = x.shape[3];
    const geometry = convGeometry(prefix, { inChannels: channels, outChannels: channels, kernelSize: 1 });
    const parameters = new Map<string, Parameter>();
    const parameter: LayerScope['parameter'] = (key, shape) => {
      const made = new Parameter(shape, golden.raw(name(rename(key))).dataSync() as Float32Array, { role: 'scale' });
      parameters.set(key, made);
      return made;
    };
    const weights = () => {
      throw new Error('an activation has no weights');
    };
    const activate = binarizer.build({ geometry, where: prefix, weights, parameter });
    // A convolution with the identity hands the numbers on, whatever terms they are made of.
    const one = {
      kind: 'real',
      value: tf.reshape(tf.eye(channels), [1, 1, channels, channels]) as tf.Tensor4D,
    } as const;
    const forward = (t: tf.Tensor4D) => convolveOperands(activate(t, inference), one, { geometry, padValue: 0 });
    compareMap('y', forward(x));
    const variables = [...parameters.values()].map(({ variable }) => variable);
    const loss = () => tf.sum(tf.mul(forward(x), map('grad_out'))) as tf.Scalar;
    const { grads } = tf.variableGrads(loss, [x, ...variables]);
    compareMap('grad_x', grads[x.name]);
    x.dispose();
    for (const [key, { variable }] of parameters) {
      golden.compareParameter(name(`grad_${rename(key)}`), grads[variable.name], tolerance);
      variable.dispose();
    }
  });
}

/** How a block of the file was run. */
interface BlockOptions extends Pick<LayerOptions, 'tolerance' | 'progress'> {
  /** True for parameters without gradient in evaluation. */
  readonly detached?: (name: string) => boolean;
}

/** A block in train and eval mode; `rename` gives the file's name of one of our parameters. */
export function compareBlock(
  golden: Golden,
  prefix: string,
  build: Build,
  rename: (name: string) => string,
  { tolerance = relative, progress, detached }: BlockOptions = {},
): void {
  const module = build(golden, prefix);
  const initial = (name: string) => `${prefix}.p.${rename(name)}`;
  const moduleCase: ModuleCase = { golden, module, initial, x: `${prefix}.x`, gradOut: `${prefix}.grad_out` };
  for (const mode of ['train', 'eval']) {
    const names = {
      training: mode === 'train',
      progress,
      y: `${prefix}.${mode}.y`,
      gradX: `${prefix}.${mode}.grad_x`,
      gradient: (name: string) => `${prefix}.${mode}.grad.${rename(name)}`,
      detached: mode === 'eval' ? detached : undefined,
      statistic: mode === 'train' ? (name: string) => `${prefix}.train.stat.${rename(name)}` : undefined,
    };
    compareMode(moduleCase, names, tolerance, tolerance);
  }
  module.dispose();
}
