import { OnebitError, type TensorData } from '@onebit/common';
import { decoupledFilter, decoupledShift, repeated } from '@onebit/nn';
import { tf } from '@onebit/ops';

/**
 * Weights of the decoupled network that computes what the coupled one does (Kim et al. 2020; training-strategies.md section 10). The quarter that tells the copies apart comes in where the stream
 * begins: at the stem, and at the first normalisation of every block whose shortcut projects, which averages the copies.
 * @param coupled by name @param shapes of the decoupled network's tensors, by the same names
 * @throws OnebitError ERR_CHECKPOINT where a tensor is neither of the shape asked for nor of half of it, or nothing is to be decoupled
 */
export function decoupledTensors(
  coupled: ReadonlyMap<string, TensorData>,
  shapes: ReadonlyMap<string, readonly number[]>,
): Map<string, TensorData> {
  let changed = 0;
  const result = new Map<string, TensorData>();
  for (const [name, tensor] of coupled) {
    const wanted = shapes.get(name);
    const doubled = wanted && turnOver(name, tensor, wanted, coupled);
    if (doubled !== undefined) changed++;
    result.set(name, doubled ?? tensor);
  }
  if (changed === 0) {
    throw new OnebitError(
      'ERR_CHECKPOINT',
      'decouple: nothing to be decoupled: the weights must come from the coupled network (plan binaryduo-coupled) and go into the decoupled one (plan binaryduo) of backbone binaryduo-resnet18',
    );
  }
  return result;
}

/** The tensor for both copies; undefined where one has the shape that is wanted, or none that can be made so. */
function turnOver(
  name: string,
  { dtype, shape, data }: TensorData,
  wanted: readonly number[],
  coupled: ReadonlyMap<string, TensorData>,
): TensorData | undefined {
  const isDouble = (axis: number) =>
    wanted.length === shape.length && wanted.every((n, k) => n === shape[k] * (k === axis ? 2 : 1));
  if (dtype !== 'F32' || wanted.join() === shape.join()) return undefined;
  if (!isDouble(shape.length === 4 ? 2 : 0)) return undefined;
  return tf.tidy(() => {
    const tensor = tf.tensor(data as Float32Array, [...shape]);
    const turned =
      tensor.rank === 4
        ? decoupledFilter(tensor as tf.Tensor4D)
        : (isShifted(name, coupled) ? decoupledShift : repeated)(tensor as tf.Tensor1D);
    return { dtype, shape: turned.shape, data: Float32Array.from(turned.dataSync()) };
  });
}

function isShifted(name: string, coupled: ReadonlyMap<string, TensorData>): boolean {
  const [, block, norm] = /^(.*?)\.?(stem\.bn|bn1)\.beta$/.exec(name) ?? [];
  if (norm === undefined) return false;
  return norm !== 'bn1' || coupled.has(`${block}.downsample.conv.weight`);
}
