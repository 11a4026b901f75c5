/** The four words of the generator's state; plain numbers, so that a checkpoint can hold them as JSON. */
export type RandomState = readonly [number, number, number, number];

/** Mixes numbers and strings into one 32-bit seed, e.g. `hashSeed(seed, 'augment', epoch, index)`. Order matters. */
export function hashSeed(...parts: readonly (number | string)[]): number {
  let h = 0x9e3779b9;
  const mix = (value: number) => {
    h = Math.imul(h ^ value, 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
  };
  for (const part of parts) {
    if (typeof part === 'number') {
      mix(part | 0);
      mix(Math.floor(part / 2 ** 32) | 0);
    } else {
      mix(part.length);
      for (let i = 0; i < part.length; i++) mix(part.charCodeAt(i));
    }
  }
  return h >>> 0;
}

/**
 * xoshiro128** (Blackman and Vigna 2018, doi 10.1145/3460772): 128 bits of state, period 2^128 - 1, all 32-bit integer
 * arithmetic, hence the same stream on every machine.
 */
export class Random {
  #s: Uint32Array;

  constructor(seed: number | RandomState) {
    this.#s = new Uint32Array(4);
    if (typeof seed === 'number') {
      // splitmix32 spreads a small seed over the state, as the authors advise.
      let x = seed >>> 0;
      for (let i = 0; i < 4; i++) {
        x = (x + 0x9e3779b9) >>> 0;
        let z = x;
        z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
        z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
        this.#s[i] = z ^ (z >>> 15);
      }
    } else {
      this.#s.set(seed);
    }
    if (this.#s.every((word) => word === 0)) this.#s[0] = 1; // the all-zero state is a fixed point
  }

  /** Uniform integer in [0, 2^32). */
  uint32(): number {
    const s = this.#s;
    const x = Math.imul(s[1], 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  /** Uniform in [0, 1) with 32 random bits. */
  next(): number {
    return this.uint32() / 2 ** 32;
  }

  /** Uniform in [low, high). */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * this.next();
  }

  /** Uniform integer in [0, n). The bias of the modulo is below 2^-32 * n. */
  int(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** Standard normal by Box and Muller; draws exactly two numbers each time, so the state stays four words. */
  normal(mean = 0, deviation = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.next());
  }

  /** True with probability p. */
  chance(p: number): boolean {
    return this.next() < p;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)];
  }

  /** Fisher-Yates, in place; returns its argument. */
  shuffle<T extends { length: number; [i: number]: unknown }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const held = items[i];
      items[i] = items[j];
      items[j] = held;
    }
    return items;
  }

  get state(): RandomState {
    const [a, b, c, d] = this.#s;
    return [a, b, c, d];
  }

  set state(state: RandomState) {
    this.#s.set(state);
  }
}
