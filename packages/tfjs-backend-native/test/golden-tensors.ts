import type { TensorFile } from '@onebit/common';
import * as tf from '@tensorflow/tfjs-core';
import { test } from 'vitest';
import { compared, goldenFile, hasGolden } from '../../../test/golden.js';

/** The golden test of one file, if the folder in use has it, on the back end that `start` makes current. */
export function golden(kind: string, start: () => Promise<void>, body: (tensors: GoldenTensors) => void): void {
  test.skipIf(!hasGolden(kind))(kind, async () => {
    await start();
    const tensors = new GoldenTensors(goldenFile(kind));
    tf.tidy(() => body(tensors));
    compared(kind, tensors.comparedCount);
  });
}

/** How far a tensor may be from the stored one. */
export interface Tolerance {
  /** Allowed is `tolerance * (1 + |expected|)`, or, relative to the largest entry, `tolerance * max |expected|`. */
  readonly tolerance: number;
  readonly relativeTo?: 'entry' | 'largest';
  /** Allowed instead is `tolerance * |expected| + absolute`. */
  readonly absolute?: number;
  /** What NaN in the stored values stands for. */
  readonly insteadOfNaN?: number;
  /** Entries to compare; default: all. */
  readonly where?: (index: number) => boolean;
}

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
    return tf.tensor(Float32Array.from(found.data as ArrayLike<number | bigint>, Number), [...found.shape]);
  }

  /** A map `[N, C, H, W]` as `[N, H, W, C]`. */
  map(name: string): tf.Tensor4D {
    return tf.transpose(this.tensor(name), [0, 2, 3, 1]) as tf.Tensor4D;
  }

  /** A filter `[O, I, kh, kw]` as `[kh, kw, I, O]`. */
  filter(name: string): tf.Tensor4D {
    return tf.transpose(this.tensor(name), [2, 3, 1, 0]) as tf.Tensor4D;
  }

  /** Fails unless `actual` is as near to `expected` as `tolerance` says. */
  compare(name: string, actual: tf.Tensor, expected: tf.Tensor, tolerance: Tolerance): void {
    if (!tf.util.arraysEqual(actual.shape, expected.shape)) {
      throw new Error(`golden ${name}: shape [${actual.shape}], expected [${expected.shape}]`);
    }
    const { insteadOfNaN = Number.NaN, relativeTo = 'entry', where = () => true } = tolerance;
    const absolute = tolerance.absolute ?? tolerance.tolerance;
    const got = actual.dataSync();
    const stored = expected.dataSync<'float32'>();
    const largest = stored.reduce((found, v) => Math.max(found, Math.abs(v)), 0);
    for (const [i, value] of stored.entries()) {
      const want = Number.isNaN(value) ? insteadOfNaN : value;
      const near = tolerance.tolerance * (relativeTo === 'largest' ? largest : Math.abs(want));
      const allowed = relativeTo === 'largest' ? near : near + absolute;
      if (where(i) && !(Math.abs(got[i] - want) <= allowed)) {
        throw new Error(`golden ${name}: element ${i} is ${got[i]}, expected ${want}`);
      }
    }
    this.comparedCount += 1;
  }
}
