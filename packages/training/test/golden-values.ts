import type { TensorData } from '@onebit/common';
import { expect } from 'vitest';
import { goldenFile } from '../../../test/golden.js';

/** Tensors of a golden file as plain numbers; counts those that were asked for. */
export class GoldenValues {
  readonly #tensors: ReadonlyMap<string, TensorData>;
  readonly #used = new Set<string>();

  constructor(kind: string) {
    this.#tensors = goldenFile(kind).tensors;
  }

  get names(): string[] {
    return [...this.#tensors.keys()];
  }

  /** Tensors that nobody asked for. */
  get unused(): string[] {
    return this.names.filter((name) => !this.#used.has(name));
  }

  get count(): number {
    return this.#used.size;
  }

  shape(name: string): readonly number[] {
    return this.#tensor(name).shape;
  }

  values(name: string): number[] {
    return Array.from(this.#tensor(name).data, Number);
  }

  scalar(name: string): number {
    return this.values(name)[0];
  }

  /** The values at `index` of the first axis. */
  row(name: string, index: number): number[] {
    const size = this.shape(name)
      .slice(1)
      .reduce((product, n) => product * n, 1);
    return this.values(name).slice(index * size, (index + 1) * size);
  }

  #tensor(name: string): TensorData {
    this.#used.add(name);
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw new Error(`golden: no tensor ${name}; there are ${this.names.join(', ')}`);
    return tensor;
  }
}

/** The README's bound for values computed in float32: relative 1e-5 with absolute 1e-6. */
export function expectClose(found: ArrayLike<number>, expected: readonly number[], where: string): void {
  expect(found.length, where).toBe(expected.length);
  expected.forEach((e, i) => {
    expect(Math.abs(found[i] - e), `${where}[${i}]: ${found[i]} for ${e}`).toBeLessThanOrEqual(
      1e-6 + 1e-5 * Math.abs(e),
    );
  });
}
