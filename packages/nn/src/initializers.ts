import { hashSeed, Random } from '@onebit/common';

/** Fills a new tensor. Filters are `[kh, kw, in, out]`, matrices `[in, out]`. */
export type Initializer = (shape: readonly number[], random: Random) => Float32Array;

/** Seed of a model and full name of a module: together they fix the initial value of each parameter, whatever was built before it. */
export interface InitialState {
  readonly seed: number;
  readonly path: string;
}

/** The generator for one parameter. The same seed and name give the same stream whatever the order of construction. */
export function parameterRandom({ seed, path }: InitialState, parameter: string): Random {
  return new Random(hashSeed(seed, 'init', path === '' ? parameter : `${path}.${parameter}`));
}

/** Normal with standard deviation sqrt(2 / (fanIn + fanOut)), each fan counting the kernel area (Glorot and Bengio 2010, eq. 16 in its normal form). */
export const xavierNormal: Initializer = (shape, random) => {
  const { fanIn, fanOut } = fans(shape);
  return draw(shape, random, Math.sqrt(2 / (fanIn + fanOut)));
};

/** Normal with standard deviation sqrt(2 / fan) (He et al. 2015, arXiv 1502.01852, eq. 10 for `in`, eq. 14 for `out`). */
export function kaimingNormal(mode: 'in' | 'out'): Initializer {
  return (shape, random) => {
    const { fanIn, fanOut } = fans(shape);
    return draw(shape, random, Math.sqrt(2 / (mode === 'in' ? fanIn : fanOut)));
  };
}

/** Normal around 0 with the given standard deviation. */
export function normal(deviation: number): Initializer {
  return (shape, random) => draw(shape, random, deviation);
}

/** Uniform in [low, high). */
export function uniform(low: number, high: number): Initializer {
  return (shape, random) => fill(shape, () => random.uniform(low, high));
}

export function constant(value: number): Initializer {
  return (shape) => new Float32Array(sizeOf(shape)).fill(value);
}

/** Inputs and outputs of one unit: channels times kernel area for filters. */
export function fans(shape: readonly number[]): { fanIn: number; fanOut: number } {
  const area = sizeOf(shape.slice(0, -2));
  const [inputs, outputs] = shape.length === 1 ? [shape[0], shape[0]] : shape.slice(-2);
  return { fanIn: inputs * area, fanOut: outputs * area };
}

function draw(shape: readonly number[], random: Random, deviation: number): Float32Array {
  return fill(shape, () => random.normal(0, deviation));
}

/** A loop, because `Float32Array.from` takes several times as long and a ResNet-18 has 11 million weights. */
function fill(shape: readonly number[], next: () => number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < values.length; i++) values[i] = next();
  return values;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
