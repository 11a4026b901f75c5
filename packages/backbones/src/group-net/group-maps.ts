import { tf } from '@onebit/ops';

/** What a block of K parallel branches hands on, maps of one shape `[N, H, W, C]`. */
export interface GroupMaps {
  readonly aggregate: tf.Tensor4D;
  /** The outputs of the K branches; empty where nobody needs them. */
  readonly branches: readonly tf.Tensor4D[];
}

/** All of it as one map `[N, H, W, (1 + K) C]`, the aggregate first, so that such blocks stand in a sequence like all others. */
export function packedMaps({ aggregate, branches }: GroupMaps): tf.Tensor4D {
  return branches.length === 0 ? aggregate : tf.concat([aggregate, ...branches], 3);
}

/** The maps of `channels` channels each behind a packed one. */
export function groupMaps(packed: tf.Tensor4D, channels: number): GroupMaps {
  const count = packed.shape[3] / channels;
  if (count === 1) return { aggregate: packed, branches: [] };
  const [aggregate, ...branches] = tf.split<tf.Tensor4D>(packed, count, 3);
  return { aggregate, branches };
}

/** The aggregate alone, `[N, H, W, channels]`: the map itself where it comes from an ordinary block. */
export function aggregateOf(map: tf.Tensor4D, channels: number): tf.Tensor4D {
  const [count, height, width, all] = map.shape;
  return all === channels ? map : tf.slice(map, [0, 0, 0, 0], [count, height, width, channels]);
}
