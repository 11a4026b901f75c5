import { hashSeed, Random } from '@onebit/common';
import { tf } from '@onebit/ops';
import type { OutputScaling } from './binarizer.js';
import { surrogate } from './surrogate.js';

/** How a channel's bit count moves another one's. */
export interface InteractionForm {
  /** Bit counts at or beyond this, on either side of 0, act. */
  readonly threshold: number;
  /** What they add or take. */
  readonly step: number;
  /** True: the released code's negative influence, which takes `step` on both sides. Default false: it is the mirror image of the positive one. */
  readonly official?: boolean;
}

/** Threshold and step of the released code, which has sums of 80 x 9 to 320 x 9 products. */
export const releasedInteraction = { threshold: 200, step: 100 } as const;

/** Products in a sum of the middle stage of the released network: where its threshold is at home. */
const releasedLength = 160 * 9;

/** Largest number of influenced channels of a layer in the released code. */
const mostEdges = 100;

/**
 * What teachers of bit count `teacher` add to their students: `step (1[F >= threshold] - 1[F <= -threshold])` times the influence, +1 or -1 (Wang et al. 2019, CI-BCNN, eq. 5).
 * @param influence broadcast to `teacher`
 */
export function interactionStep(teacher: tf.Tensor, influence: tf.Tensor, form: InteractionForm): tf.Tensor {
  const { threshold, step, official = false } = form;
  const above = tf.cast(tf.greaterEqual(teacher, threshold), 'float32');
  const below = tf.cast(tf.lessEqual(teacher, -threshold), 'float32');
  // Of a negative influence, the released code adds both sides up.
  const mirrored = official ? tf.cast(tf.greaterEqual(influence, 0), 'float32') : tf.scalar(1);
  const sides = tf.sub(above, tf.mul(below, tf.sub(tf.mul(mirrored, 2), 1)));
  return tf.mul(tf.mul(sides, influence), step);
}

/** Where a layer's influence comes from and its sign; 0 for a channel that nobody influences. */
export interface InteractionEdges {
  /** By influenced channel. */
  readonly teachers: Int32Array;
  readonly influence: Float32Array;
}

/**
 * The edges of a layer of so many channels: each of at most 100 students has one other channel for a teacher, half of them with a positive influence. A function of
 * the number alone, so that nothing need be stored.
 */
export function interactionEdges(channels: number): InteractionEdges {
  const random = new Random(hashSeed(channels, 'interactions'));
  const teachers = Int32Array.from({ length: channels }, (_, student) => {
    const other = channels < 2 ? 0 : random.int(channels - 1);
    return other < student || channels < 2 ? other : other + 1;
  });
  const influence = new Float32Array(channels);
  if (channels > 1) for (let i = 0; i < Math.min(channels, mostEdges); i++) influence[i] = i % 2 === 0 ? 1 : -1;
  return { teachers, influence };
}

/** CI-Net's channel interactions behind a convolution without scale; the gradient passes to the influenced channel alone, as if there were none. */
export function channelInteractions(form: { readonly scaled: boolean; readonly official: boolean }): OutputScaling {
  return {
    name: 'channel interactions',
    build({ geometry }) {
      const { kernelSize, inChannels, outChannels } = geometry;
      const { teachers, influence } = interactionEdges(outChannels);
      const ratio = form.scaled ? (kernelSize[0] * kernelSize[1] * inChannels) / releasedLength : 1;
      const { threshold, step } = releasedInteraction;
      const scaled = { threshold: threshold * ratio, step: step * ratio, official: form.official };
      return (y) =>
        surrogate(
          y,
          (counts) => {
            const seen = tf.gather(counts, tf.tensor1d(teachers, 'int32'), 3);
            return tf.add(counts, interactionStep(seen, tf.tensor1d(influence), scaled));
          },
          (_, dy) => tf.clone(dy),
        );
    },
  };
}
