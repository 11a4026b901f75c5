import { OnebitError } from '@onebit/common';
import { estimators, tf, type WeightQuantizer } from '@onebit/ops';
import type { LayerScope, WeightBinarizer } from './binarizer.js';

/** Orientations of each learned filter, and planes of each group of channels. */
export const orientations = 4;
/** Places on the ring of eight outer taps from one orientation to the next: 90 degrees. */
const places = 2;

/** The outer taps of a 3x3 kernel, row by row, clockwise from the upper left corner. */
const ring = [0, 1, 2, 5, 8, 7, 6, 3];

const signs: WeightQuantizer = { scale: 'none', gradient: 'clip', estimator: estimators.tri, signOfZero: 1 };

/**
 * Circulant filters of CBCN (Liu et al. 2019, arXiv 1910.10853): parameter `weight` `[kh, kw, in, out / 4]`, of which every filter is used in four orientations. The gradients of
 * the four are turned back and summed.
 * @throws OnebitError ERR_USAGE for channels that 4 does not divide, or a kernel without a ring.
 */
export const circulantWeight: WeightBinarizer = {
  levels: '±1',
  gradient: `${estimators.tri.name}, summed over four orientations`,
  scale: 'none',
  bits: 1,
  build(layer) {
    checkLayer(layer);
    const { kernelSize, inChannels, outChannels } = layer.geometry;
    const weights = layer.weights({ shape: [...kernelSize, inChannels, outChannels / orientations] });
    return {
      latent: [weights],
      operand: () => {
        const latent = turnedFilters(weights.variable as unknown as tf.Tensor4D);
        return { kind: 'signs', quantizer: signs, terms: [{ latent }] };
      },
    };
  },
};

function checkLayer({ geometry: { kernelSize, inChannels, outChannels }, where }: LayerScope): void {
  if (inChannels % orientations !== 0 || outChannels % orientations !== 0) {
    throw new OnebitError(
      'ERR_USAGE',
      `${where}: circulant filters need channels that are multiples of ${orientations}, got ${inChannels} in and ${outChannels} out; change the width, or give the layer another method in the plan`,
    );
  }
  const kernel = kernelSize.join('x');
  if (kernel !== '3x3' && kernel !== '1x1') {
    throw new OnebitError(
      'ERR_USAGE',
      `${where}: circulant filters are 3x3 or 1x1, got ${kernel}; give the layer another method in the plan`,
    );
  }
}

/**
 * Filters `[kh, kw, 4 I, O]` in every orientation, `[kh, kw, 4 I, 4 O]`: output `4 o + j` has filter o with its taps turned by j * 90 degrees clockwise and, in every group of four
 * input planes, the planes moved on by j.
 */
export function turnedFilters(weight: tf.Tensor4D): tf.Tensor4D {
  const [height, width, inputs, filters] = weight.shape;
  const rows = height * width * inputs;
  const order = sourceRows(height * width, inputs);
  const turned = tf.gather(tf.reshape(weight, [rows, filters]), tf.tensor1d(order, 'int32'));
  const byFilter = tf.transpose(tf.reshape(turned, [rows, orientations, filters]), [0, 2, 1]);
  return tf.reshape(byFilter, [height, width, inputs, filters * orientations]);
}

/** For every row (tap, input) and orientation the row that it comes from. */
function sourceRows(taps: number, inputs: number): Int32Array {
  const order = new Int32Array(taps * inputs * orientations);
  let at = 0;
  for (let tap = 0; tap < taps; tap++) {
    for (let input = 0; input < inputs; input++) {
      const plane = input % orientations;
      for (let j = 0; j < orientations; j++) {
        const from = input - plane + ((plane - j + orientations) % orientations);
        order[at++] = turnedTap(tap, j * places, taps) * inputs + from;
      }
    }
  }
  return order;
}

/** The tap whose number is at `tap` after the outer ring moved so many places clockwise; a kernel of one tap has no ring. */
export function turnedTap(tap: number, moved: number, taps = 9): number {
  const at = taps === 1 ? -1 : ring.indexOf(tap);
  return at < 0 ? tap : ring[(at - moved + ring.length) % ring.length];
}
