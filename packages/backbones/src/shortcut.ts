import { avgPool2d, tf } from '@onebit/ops';

/** How a shortcut without weights comes to the size of what it is added to. */
export interface ShortcutFit {
  /** `[N, H', W', C']`. */
  readonly shape: readonly number[];
  /** Where channels are missing: all of them again in turn, or zeros. */
  readonly extend: 'repeat' | 'pad';
  /**
   * Where it shrinks by s: the mean of s x s cells (of those that exist), or, for halves, of 3 x 3 overlapping ones with the border of TensorFlow's SAME, always divided by 9 (PokeBNN).
   */
  readonly window: 'fit' | 'overlap';
}

/**
 * `x` `[N, H, W, C]` at the size of a unit's output. Channels too many become means of consecutive ones; those that do not fill a group are left out. So are cells at the end where the output has
 * fewer than a shortcut would, behind windows that leave them out.
 */
export function fittedShortcut(x: tf.Tensor4D, { shape, extend, window }: ShortcutFit): tf.Tensor4D {
  const fitted = fitChannels(x, shape[3], extend);
  const stride = Math.max(Math.round(x.shape[1] / shape[1]), Math.round(x.shape[2] / shape[2]));
  if (stride === 1) return cropped(fitted, shape);
  const overlaps = window === 'overlap' && stride === 2;
  const pooled = overlaps
    ? overlappingMean(fitted)
    : avgPool2d(fitted, {
        size: [Math.min(stride, fitted.shape[1]), Math.min(stride, fitted.shape[2])],
        stride,
        padding: 0,
        ceilMode: true,
      });
  return cropped(pooled, shape);
}

function cropped(x: tf.Tensor4D, [batch, height, width, channels]: readonly number[]): tf.Tensor4D {
  if (x.shape[1] === height && x.shape[2] === width) return x;
  return tf.slice(x, 0, [batch, height, width, channels]);
}

/**
 * A shortcut without weights from `x` `[N, H, W, C]` to `[N, ceil(H / stride), ceil(W / stride), outChannels]`: the mean of `stride` x `stride` cells, its channels repeated in turn. Repeating is how
 * ReActNet doubles its width (binarization-methods.md section 2.17).
 */
export function weightlessShortcut(x: tf.Tensor4D, outChannels: number, stride: number): tf.Tensor4D {
  const [batch, height, width] = x.shape;
  const shape = [batch, Math.ceil(height / stride), Math.ceil(width / stride), outChannels];
  return fittedShortcut(x, { shape, extend: 'repeat', window: 'fit' });
}

/** `x` `[N, H, W, C]` with `channels` channels. */
export function fitChannels(x: tf.Tensor4D, channels: number, extend: ShortcutFit['extend']): tf.Tensor4D {
  const [batch, height, width, present] = x.shape;
  if (present === channels) return x;
  if (present > channels) {
    const group = Math.floor(present / channels);
    const taken = tf.slice(x, 0, [batch, height, width, channels * group]);
    return tf.mean<tf.Tensor4D>(tf.reshape(taken, [batch, height, width, channels, group]), 4);
  }
  if (extend === 'pad') {
    return tf.pad(x, [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, channels - present],
    ]);
  }
  const repeated = tf.concat(Array<tf.Tensor4D>(Math.ceil(channels / present)).fill(x), 3);
  return repeated.shape[3] === channels ? repeated : tf.slice(repeated, 0, [batch, height, width, channels]);
}

/** Mean of 3 x 3 windows at stride 2, SAME: of two missing rows one stands in front, of one it stands at the end. */
export function overlappingMean(x: tf.Tensor4D): tf.Tensor4D {
  const border = (size: number): [number, number] => (size % 2 === 0 ? [0, 1] : [1, 1]);
  const padded = tf.pad(x, [[0, 0], border(x.shape[1]), border(x.shape[2]), [0, 0]]);
  return avgPool2d(padded, { size: 3, stride: 2, padding: 0 });
}
