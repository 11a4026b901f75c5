import type { Conv2dGeometry } from '../geometry.js';
import type { Activation, BinaryOutput, OutputTransform, Threshold } from '../transform.js';
import type { Arena } from './arena.js';

/** Fields of a C++ structure of 32-bit members, in their order. */
export class Fields {
  readonly #words: number[] = [];

  /** Integers, addresses and enumerations. */
  int(...values: number[]): this {
    this.#words.push(...values);
    return this;
  }

  float(...values: number[]): this {
    this.#words.push(...new Int32Array(Float32Array.from(values).buffer));
    return this;
  }

  add(other: Fields): this {
    return this.int(...other.#words);
  }

  /** Address of the structure in the arena. */
  store(arena: Arena): number {
    return arena.copyIn(Int32Array.from(this.#words));
  }
}

/** `Geometry` of wasm/geometry.h. */
export function geometryFields(g: Conv2dGeometry): Fields {
  return new Fields()
    .int(g.batch, g.inHeight, g.inWidth, g.inChannels, g.outHeight, g.outWidth, g.outChannels)
    .int(g.kernelHeight, g.kernelWidth, g.strideHeight, g.strideWidth, g.dilationHeight, g.dilationWidth)
    .int(g.padTop, g.padBottom, g.padLeft, g.padRight, g.groups);
}

/** Addresses of the two arrays of `Thresholds` in wasm/transform.h: values, negated where flipped, and the sign bit where flipped. */
export function storeThresholds(arena: Arena, threshold: Threshold | undefined, channels: number): [number, number] {
  const values = new Float32Array(channels);
  const signs = new Int32Array(channels);
  for (let c = 0; threshold !== undefined && c < channels; c++) {
    const flipped = threshold.flip?.[c] === 1;
    values[c] = flipped ? -threshold.values[c] : threshold.values[c];
    signs[c] = flipped ? 1 << 31 : 0;
  }
  return [arena.copyIn(values), arena.copyIn(signs)];
}

const outputCodes = { dots: 0, float32: 1, int8: 2, bits: 3 } as const;
const positionCodes = { none: 0, before: 1, after: 2 } as const;

/** `Transform` of wasm/transform.h with the result at address `y`. */
export function transformFields(
  arena: Arena,
  { offset, activation, residual }: OutputTransform,
  output: BinaryOutput,
  channels: number,
  y: number,
): Fields {
  const bits = output.type === 'bits' ? output : undefined;
  const fields = new Fields().int(arena.copyIn(offset)).add(activationFields(arena, activation));
  fields.int(positionCodes[residual?.position ?? 'none'], arena.copyIn(residual?.values));
  fields.int(outputCodes[output.type], y, bits?.levels === 'zero-one' ? 1 : 0);
  fields.int(...storeThresholds(arena, bits?.threshold, bits === undefined ? 0 : channels));
  return output.type === 'int8' ? fields.float(output.inverseStep, output.zeroPoint) : fields.float(0, 0);
}

/** Code, slope, shiftIn, shiftOut, low and high. */
function activationFields(arena: Arena, activation: Activation | undefined): Fields {
  const fields = new Fields();
  switch (activation?.kind) {
    case undefined:
      return fields.int(0, 0, 0, 0).float(0, 0);
    case 'prelu':
      return fields.int(1, arena.copyIn(activation.slope), 0, 0).float(0, 0);
    case 'rprelu':
      return fields
        .int(2, arena.copyIn(activation.slope), arena.copyIn(activation.shiftIn), arena.copyIn(activation.shiftOut))
        .float(0, 0);
    case 'clip':
      return fields.int(3, 0, 0, 0).float(activation.low, activation.high);
  }
}
