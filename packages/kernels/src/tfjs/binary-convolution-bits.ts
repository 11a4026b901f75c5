import * as tf from '@tensorflow/tfjs-core';
import type { SavedMask } from '../transform.js';
import { binarizeWeightGradient, weightScalesOp } from './binarize.js';
import { type BinaryConv2dAttributes, type BinaryConv2dTerm, factorOf, sumToScale, termsOf } from './binary-terms.js';
import {
  type BitConv2dAttributes,
  binaryConv2dBits,
  bitsFilterGradient,
  bitsInputGradient,
  bitsScaleGradient,
  packBits,
  packFilter,
  packMask,
  runBitKernel,
} from './bit-kernels.js';
import { bitsActivationGradient, bitsLatentGradient } from './bits-gradients.js';
import { type Estimator, estimators } from './estimators.js';
import { runOp } from './op.js';
import { recordNode } from './record-node.js';

/** Estimators whose derivative fits into one bit; for others the activations themselves are kept. */
const masks = new Map<Estimator, SavedMask>([
  [estimators.clip, 'clip'],
  [estimators.clipOpen, 'clip-open'],
]);

/** Whether the current back end has the kernels over packed bits, and bits can say what is asked for: they have no 0. */
export function runsOnBits(
  terms: readonly BinaryConv2dTerm<tf.Tensor>[],
  { activation, weight }: BinaryConv2dAttributes,
): boolean {
  tf.backend(); // initializes the default back end if none has been used yet
  if (tf.getKernel(binaryConv2dBits.name, tf.getBackend()) == null) return false;
  const twoValued = weight.signOfZero === 1 && (activation.signOfZero === 1 || activation.levels === 'zero-one');
  return twoValued && terms.every(({ x, w }) => x.dtype === 'float32' && w.dtype === 'float32');
}

/** What the backward pass of one term needs. */
interface Saved {
  /** Packed signs of the activations, and of the weights. */
  readonly bits: tf.Tensor;
  readonly filter: tf.Tensor;
  readonly w: tf.Tensor;
  /** `[O]`; absent for 1. */
  readonly factor?: tf.Tensor;
  /** The trained part of the factor. */
  readonly scale?: tf.Tensor;
  /** The packed derivative of the estimator, or the activations, for estimators that do not fit into a bit; neither for 1 everywhere. */
  readonly mask?: tf.Tensor;
  readonly x?: tf.Tensor;
}

/**
 * The binary convolution and its gradients on packed bits. In training one bit per activation is kept for the products and one for the
 * estimator's derivative, 1/16 of the memory of the activations; they stay only for estimators whose derivative is more than a bit.
 * @param tensors activations and weights (and scales) in turn
 */
export function convolveBits(tensors: readonly tf.Tensor[], attributes: BinaryConv2dAttributes): tf.Tensor4D {
  const pack = packer(attributes, tf.engine().isTapeOn());
  const convolve = (records: readonly Saved[]) =>
    runBitKernel(binaryConv2dBits, numbered(records), convolutionOf(attributes));
  let restore: (saved: readonly tf.Tensor[]) => Saved[];
  return recordNode(tensors, {
    forward(save) {
      const records: Saved[] = termsOf(tensors, attributes.scaled).map(({ x, w, scale }) => {
        const factor = factorOf(w, scale, attributes.weight);
        return { ...pack(x), w, filter: runBitKernel(packFilter, { w }, {}), factor, scale };
      });
      restore = keep(records, save);
      return convolve(records);
    },
    // The bits are there anyway, and counting them once more takes a twentieth of what the gradients take; the result is 32 times their size.
    again: (saved) => convolve(restore(saved)),
    backward: (dy, saved) => restore(saved).flatMap((record) => gradientsOf(dy, record, attributes)),
  }) as tf.Tensor4D;
}

/** What the kernels over packed bits want to know. */
function convolutionOf({ geometry, padValue, activation }: BinaryConv2dAttributes): BitConv2dAttributes {
  return { geometry, reading: { padValue, levels: activation.levels } };
}

type Packed = Pick<Saved, 'bits' | 'mask' | 'x'>;

/** Packs activations, each tensor once, with what the estimator will need in training. */
function packer({ activation: { levels, estimator } }: BinaryConv2dAttributes, training: boolean) {
  const found = new Map<tf.Tensor, Packed>();
  const slopeOf = (x: tf.Tensor): Partial<Packed> => {
    if (!training || estimator === estimators.identity) return {};
    const mask = masks.get(estimator);
    return mask === undefined ? { x } : { mask: runBitKernel(packMask, { x }, { mask }) };
  };
  return (x: tf.Tensor): Packed => {
    const packed = found.get(x) ?? { bits: runBitKernel(packBits, { x }, { levels }), ...slopeOf(x) };
    found.set(x, packed);
    return packed;
  };
}

/** Inputs of the kernel: x0, filter0, scale0, x1 … */
function numbered(records: readonly Saved[]): Record<string, tf.Tensor> {
  const inputs: Record<string, tf.Tensor> = {};
  records.forEach(({ bits, filter, factor }, i) => {
    inputs[`x${i}`] = bits;
    inputs[`filter${i}`] = filter;
    if (factor !== undefined) inputs[`scale${i}`] = factor;
  });
  return inputs;
}

/** Saves all tensors for the backward pass; the result puts what TensorFlow.js saved back into records. */
function keep(records: readonly Saved[], save: tf.GradSaveFunc): (saved: readonly tf.Tensor[]) => Saved[] {
  const places = records.flatMap((record, i) => {
    const entries = Object.entries(record) as [keyof Saved, tf.Tensor | undefined][];
    return entries.flatMap(([key, tensor]) => (tensor === undefined ? [] : [{ i, key, tensor }]));
  });
  save(places.map(({ tensor }) => tensor));
  const count = records.length;
  const found = places.map(({ i, key }) => ({ i, key }));
  return (saved) => {
    const restored = Array.from({ length: count }, () => ({}) as Record<keyof Saved, tf.Tensor>);
    found.forEach(({ i, key }, at) => {
      restored[i][key] = saved[at];
    });
    return restored;
  };
}

/** Gradients of one term: at x, w, and the trained scale if there is one. */
function gradientsOf(dy: tf.Tensor, saved: Saved, attributes: BinaryConv2dAttributes): (() => tf.Tensor)[] {
  const { bits: x, w, scale } = saved;
  const { weight } = attributes;
  const convolution = convolutionOf(attributes);
  const atX = () => inputGradient(dy, saved, attributes);
  if (scale === undefined) return [atX, () => runOp(bitsLatentGradient, { x, dy, w }, { ...convolution, weight })[0]];
  const atSigns = runBitKernel(bitsFilterGradient, { x, dy }, convolution); // serves both
  const atW = () => runOp(binarizeWeightGradient, { dy: tf.mul(atSigns, scale), w }, weight)[0];
  return [atX, atW, () => scaleGradient(atSigns, saved, scale, attributes)];
}

function inputGradient(dy: tf.Tensor, saved: Saved, { geometry, activation }: BinaryConv2dAttributes): tf.Tensor {
  const { filter, factor, mask, x } = saved;
  const operands = { dy, filter, ...(factor && { scale: factor }) };
  if (x === undefined) return runBitKernel(bitsInputGradient, { ...operands, ...(mask && { mask }) }, { geometry });
  return runOp(bitsActivationGradient, { ...operands, x }, { geometry, estimator: activation.estimator })[0];
}

function scaleGradient(
  dw: tf.Tensor,
  { filter, w }: Saved,
  scale: tf.Tensor,
  { weight }: BinaryConv2dAttributes,
): tf.Tensor {
  const atSigns = runBitKernel(bitsScaleGradient, { dw, filter }, {});
  const atScales = weight.scale === 'none' ? atSigns : tf.mul(atSigns, runOp(weightScalesOp, { w }, weight)[0]);
  return sumToScale(atScales, scale);
}
