import type { TensorFile } from '@onebit/common';
import * as tf from '@tensorflow/tfjs-core';

/** Reads tensors of a golden file and counts what was compared. */
export class GoldenTensors {
  /** Tensors compared so far. */
  comparedCount = 0;

  constructor(readonly file: TensorFile) {}

  has(name: string): boolean {
    return this.file.tensors.has(name);
  }

  /** Names that end in `.suffix`, without it. */
  cases(suffix: string): string[] {
    return [...this.file.tensors.keys()]
      .filter((name) => name.endsWith(`.${suffix}`))
      .map((name) => name.slice(0, -suffix.length - 1));
  }

  /** The tensor as stored. */
  tensor(name: string): tf.Tensor {
    const found = this.file.tensors.get(name);
    if (found === undefined) throw new Error(`golden: no tensor ${name}`);
    return tf.tensor(Float32Array.from(found.data as ArrayLike<number>), [...found.shape]);
  }

  /** A map `[N, C, H, W]` as `[N, H, W, C]`. */
  map(name: string): tf.Tensor4D {
    return tf.transpose(this.tensor(name), [0, 2, 3, 1]) as tf.Tensor4D;
  }

  /** A filter `[O, I, kh, kw]` as `[kh, kw, I, O]`. */
  filter(name: string): tf.Tensor4D {
    return tf.transpose(this.tensor(name), [2, 3, 1, 0]) as tf.Tensor4D;
  }

  /** Fails unless `actual` is within `tolerance * (1 + |expected|)` everywhere; NaN in the expected values stands for `insteadOfNaN`. */
  compare(name: string, actual: tf.Tensor, expected: tf.Tensor, tolerance: number, insteadOfNaN = Number.NaN): void {
    if (!tf.util.arraysEqual(actual.shape, expected.shape)) {
      throw new Error(`golden ${name}: shape [${actual.shape}], expected [${expected.shape}]`);
    }
    const got = actual.dataSync();
    for (const [i, stored] of expected.dataSync().entries()) {
      const want = Number.isNaN(stored) ? insteadOfNaN : stored;
      if (!(Math.abs(got[i] - want) <= tolerance * (1 + Math.abs(want)))) {
        throw new Error(`golden ${name}: element ${i} is ${got[i]}, expected ${want}`);
      }
    }
    this.comparedCount += 1;
  }
}
