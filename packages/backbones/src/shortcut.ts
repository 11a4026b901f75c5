import { avgPool2d, tf } from '@onebit/ops';

/**
 * A shortcut without weights from `x` `[N, H, W, C]` to `[N, ceil(H / stride), ceil(W / stride), outChannels]` with at least C channels: the mean of `stride` x `stride` cells (of
 * those that exist), its channels repeated in turn. Repeating is how ReActNet doubles its width (binarization-methods.md section 2.17).
 */
export function weightlessShortcut(x: tf.Tensor4D, outChannels: number, stride: number): tf.Tensor4D {
  const pooled = stride === 1 ? x : avgPool2d(x, { size: stride, stride, padding: 0, ceilMode: true });
  const [n, height, width, channels] = pooled.shape;
  if (channels === outChannels) return pooled;
  const repeated = tf.concat(Array<tf.Tensor4D>(Math.ceil(outChannels / channels)).fill(pooled), 3);
  return repeated.shape[3] === outChannels ? repeated : tf.slice(repeated, 0, [n, height, width, outChannels]);
}
