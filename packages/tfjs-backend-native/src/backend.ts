import { totalmem } from 'node:os';
import type { NativeKernels } from '@onebit/kernels';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { BufferPool, type PooledArray, type PooledType } from './buffer-pool.js';

/** A tensor that a native kernel made, with the array it has to fill. */
export interface Output<T extends PooledArray> {
  readonly info: tf.TensorInfo;
  readonly values: T;
}

type Values<T extends PooledType> = T extends 'float32' ? Float32Array : T extends 'int32' ? Int32Array : Uint8Array;

const constructors = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** Half a GiB at least, a quarter of the memory at most 4 GiB: a ResNet-18 step at 256 x 256, batch 8, keeps 0.7 GiB between steps. */
const defaultCapBytes = Math.min(4 * 2 ** 30, Math.max(2 ** 29, totalmem() / 4));

/**
 * TensorFlow.js's JavaScript back end with tensors in recycled arrays, on which the native kernels work in place of JavaScript loops. Only arrays
 * that the back end made itself are ever recycled or written to again, and only as long as nobody outside has seen them.
 */
export class NativeBackend extends MathBackendCPU {
  readonly pool: BufferPool;
  /** Arrays made here that nobody outside holds. */
  readonly #owned = new WeakSet<PooledArray>();

  constructor(
    readonly native: NativeKernels,
    { poolCapBytes = defaultCapBytes }: { poolCapBytes?: number } = {},
  ) {
    super();
    // The base class prints an advertisement for other back ends when it is first written to.
    (this as unknown as { firstUse: boolean }).firstUse = false;
    this.pool = new BufferPool(poolCapBytes);
  }

  /** A new tensor for a kernel to fill; its array holds anything. */
  output<T extends PooledType>(shape: readonly number[], dtype: T): Output<Values<T>> {
    const values = this.pool.take(dtype, tf.util.sizeFromShape(shape as number[]));
    this.#owned.add(values);
    const dataId = this.write(values, shape as number[], dtype);
    return { info: { dataId, shape: shape as number[], dtype }, values: values as unknown as Values<T> };
  }

  /** The array of `tensor` if it is of this type; undefined for any other kind of tensor, which a native kernel must leave alone. */
  values<T extends PooledType>(tensor: tf.TensorInfo, dtype: T): Values<T> | undefined {
    if (tensor.dtype !== dtype) return undefined;
    const { values } = this.data.get(tensor.dataId);
    return values instanceof constructors[dtype] ? (values as unknown as Values<T>) : undefined;
  }

  /** The same data under another shape. */
  alias(tensor: tf.TensorInfo, shape: readonly number[] = tensor.shape): tf.TensorInfo {
    this.incRef(tensor.dataId);
    return { dataId: tensor.dataId, shape: shape as number[], dtype: tensor.dtype };
  }

  /** The array of a float tensor if nobody but its holder could see a change in it: made here, never read, on no other tensor. */
  exclusive(tensor: tf.TensorInfo): Float32Array | undefined {
    const values = this.values(tensor, 'float32');
    return values !== undefined && this.refCount(tensor.dataId) === 1 && this.#owned.has(values) ? values : undefined;
  }

  /**
   * The array of a variable, to be updated in place. If anyone else could see the change (another tensor on the same data, the caller's array, an
   * array that was read), the variable gets an array of its own first.
   */
  writable(variable: tf.TensorInfo): Float32Array | undefined {
    const own = this.exclusive(variable);
    if (own !== undefined) return own;
    const values = this.values(variable, 'float32');
    if (values === undefined) return undefined;
    const copy = this.output(variable.shape, 'float32');
    copy.values.set(values);
    if (this.refCount(variable.dataId) === 1) {
      // Nobody else is on this data id: it only has to let go of an array that has been seen outside.
      this.data.get(variable.dataId).values = copy.values;
      this.data.delete(copy.info.dataId);
      return copy.values;
    }
    const engine = tf.engine();
    const tensor = engine.makeTensorFromTensorInfo(copy.info);
    (variable as unknown as tf.Variable).assign(tensor);
    tensor.dispose();
    return copy.values;
  }

  /** From now on the array of `tensor` may be held by anyone, so it is never recycled. */
  escape(tensor: tf.TensorInfo): void {
    if (!this.data.has(tensor.dataId)) return;
    const { values } = this.data.get(tensor.dataId);
    if (values !== undefined) this.#owned.delete(values as PooledArray);
  }

  override readSync(dataId: object): tf.backend_util.BackendValues {
    this.escape({ dataId } as tf.TensorInfo);
    return super.readSync(dataId);
  }

  override disposeData(dataId: object, force = false): boolean {
    const values = this.data.has(dataId) ? (this.data.get(dataId).values as PooledArray | undefined) : undefined;
    const gone = super.disposeData(dataId, force);
    if (gone && values !== undefined && this.#owned.delete(values)) this.pool.give(values);
    return gone;
  }

  /** Releases the arrays kept for reuse. */
  trim(): void {
    this.pool.trim();
  }

  override memory(): { unreliable: boolean; reasons: string[]; pooledBytes: number } {
    const reasons = ['numBytes counts tensors; arrays kept for reuse are pooledBytes'];
    return { unreliable: false, reasons, pooledBytes: this.pool.bytes };
  }
}
