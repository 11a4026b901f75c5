import { avgPool2d, tf } from '@onebit/ops';

/**
 * A shortcut without weights from `x` `[N, H, W, C]` to `[N, ceil(H / stride), ceil(W / stride), outChannels]`: the mean of `stride` x `stride` cells (of those that exist), its
 * channels repeated where `outChannels` is a multiple of C. Repeating is how ReActNet doubles its width (Liu et al. 2020, arXiv 2003.03488, section 4.1).
 */
export function weightlessShortcut(x: tf.Tensor4D, outChannels: number, stride: number): tf.Tensor4D {
  const pooled = stride === 1 ? x : avgPool2d(x, { size: stride, stride, padding: 0, ceilMode: true });
  const copies = outChannels / x.shape[3];
  return copies === 1 ? pooled : tf.concat(Array<tf.Tensor4D>(copies).fill(pooled), 3);
}
