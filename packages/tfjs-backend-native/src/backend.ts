import type { NativeKernels } from '@onebit/kernels';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { BufferPool, type PooledArray, type PooledType, smallestPooled } from './buffer-pool.js';
import type { ArenaUse } from './memory/arena.js';
import { nativeSlabs } from './memory/slabs.js';
import type { UseTrace } from './memory/use-trace.js';

/** A tensor that a native kernel made, with the array it has to fill. */
export interface Output<T extends PooledArray> {
  readonly info: tf.TensorInfo;
  readonly values: T;
}

type Values<T extends PooledType> = T extends 'float32' ? Float32Array : T extends 'int32' ? Int32Array : Uint8Array;

const constructors = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/**
 * What tensors of this back end take. `tf.memory().numBytes` counts shapes; this counts memory, but for arrays of fewer than 256 entries.
 */
export interface NativeMemory extends ArenaUse {
  readonly unreliable: boolean;
  readonly reasons: string[];
  /** Waiting for reuse. */
  readonly pooledBytes: number;
}

/**
 * TensorFlow.js's JavaScript back end with tensors in an arena, on which the native kernels work in place of JavaScript loops. Only arrays that the
 * back end made itself are ever recycled or written to again, and nobody outside ever gets one that will be recycled: reading copies it. As on every
 * back end that manages memory, a tensor that nobody disposes keeps its own.
 */
export class NativeBackend extends MathBackendCPU {
  readonly pool: BufferPool;

  constructor(readonly native: NativeKernels) {
    super();
    // The base class prints an advertisement for other back ends when it is first written to.
    (this as unknown as { firstUse: boolean }).firstUse = false;
    this.pool = new BufferPool(nativeSlabs(native));
  }

  /** A new tensor with a copy of the values, so that all memory of tensors is known; small ones may stay the caller's array. */
  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): object {
    if (!isArray(values) || values.length < smallestPooled || this.pool.owns(values))
      return super.write(values, shape, dtype);
    const copy = this.pool.take(typeOf(values), values.length);
    copy.set(values);
    return super.write(copy, shape, dtype);
  }

  /** A new tensor for a kernel to fill; its array holds anything. */
  output<T extends PooledType>(shape: readonly number[], dtype: T): Output<Values<T>> {
    const values = this.pool.take(dtype, tf.util.sizeFromShape(shape as number[]));
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

  /** The array of a float tensor if nobody but its holder could see a change in it: made here, never handed out, on no other tensor. */
  exclusive(tensor: tf.TensorInfo): Float32Array | undefined {
    const values = this.values(tensor, 'float32');
    return values !== undefined && this.refCount(tensor.dataId) === 1 && this.pool.owns(values) ? values : undefined;
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

  /** From now on the array of `tensor` may be held by anyone, so it becomes one that is never recycled. */
  escape({ dataId }: tf.TensorInfo): void {
    if (!this.data.has(dataId)) return;
    const entry = this.data.get(dataId);
    const { values } = entry;
    if (!isArray(values)) return;
    if (this.pool.isRecycled(values)) {
      entry.values = values.slice();
      this.pool.give(values);
    } else this.pool.disown(values);
  }

  /** The values: a copy where the array would be recycled. Small arrays are handed out and never written to again. */
  override readSync(dataId: object): tf.backend_util.BackendValues {
    const { values } = this.data.get(dataId);
    if (isArray(values)) {
      if (this.pool.isRecycled(values)) return values.slice();
      this.pool.disown(values);
    }
    return super.readSync(dataId);
  }

  override disposeData(dataId: object, force = false): boolean {
    const values = this.data.has(dataId) ? this.data.get(dataId).values : undefined;
    const gone = super.disposeData(dataId, force);
    if (gone && isArray(values)) this.pool.give(values);
    return gone;
  }

  /** Does the work and tells how many bytes tensors took on top of those that were there, each time one was made. */
  async traceUse(work: () => Promise<void>): Promise<UseTrace> {
    const trace: number[] = [];
    const { usedBytes } = this.pool.use;
    this.pool.trace = trace;
    try {
      await work();
    } finally {
      this.pool.trace = undefined;
    }
    return trace.map((bytes) => bytes - usedBytes);
  }

  /** Releases memory kept for reuse. */
  trim(): void {
    this.pool.trim();
  }

  override memory(): NativeMemory {
    const { use } = this.pool;
    const reasons = ['numBytes counts tensors; memory kept for reuse is pooledBytes'];
    return { unreliable: false, reasons, pooledBytes: use.heldBytes - use.usedBytes, ...use };
  }
}

function isArray(values: tf.backend_util.BackendValues | undefined): values is PooledArray {
  return values instanceof Float32Array || values instanceof Int32Array || values instanceof Uint8Array;
}

function typeOf(array: PooledArray): PooledType {
  if (array instanceof Float32Array) return 'float32';
  return array instanceof Int32Array ? 'int32' : 'bool';
}
