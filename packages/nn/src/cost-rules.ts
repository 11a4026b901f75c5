import type { Cost } from './cost.js';

/** A named way to make one number of a cost. Papers mix them without a word; a number says nothing without the name of its rule. */
export interface CostRule {
  readonly about: string;
  measure(cost: Cost): number;
}

/** Rules for operations. */
export const operationRules = {
  /** Liu et al. 2018 (arXiv 1808.00278), section 4.3; the rule of most later papers. */
  bireal: {
    about: 'float multiply-accumulates + binary ones / 64; a convention, not a speed',
    measure: ({ macs }) => macs.float + macs.binary / 64,
  },
  /** What the same paper counts for XNOR-Net: alpha and K multiply every output of a binary convolution. */
  scaled: {
    about: 'as bireal, and one for each multiplication of an output by a scale',
    measure: ({ macs, scalings }) => macs.float + macs.binary / 64 + scalings,
  },
  /** Zhang et al. 2022 (arXiv 2112.00133): arithmetic computation effort; float32 counts 32 x 32. */
  ace: {
    about: 'multiply-accumulates times the bits of both operands (ACE of PokeBNN)',
    measure: ({ macs }) => 1024 * macs.float + macs.binary,
  },
} satisfies Record<string, CostRule>;

/** Rules for the size of a packed model, in bits. */
export const memoryRules = {
  /** What reproduces Table 3 of Ding et al. 2021 (Acta Aeronautica et Astronautica Sinica 42(4)) for most of its rows. */
  survey: {
    about: 'weights and their scales; biases, normalisation and slopes left out',
    measure: ({ bits }) => bits.latent + bits.weights + bits.scales,
  },
  full: {
    about: 'all parameters, biases and the affine part of normalisation included; computed scales are folded away',
    measure: ({ bytes }) => 8 * bytes.packed,
  },
} satisfies Record<string, CostRule>;

export type OperationRule = keyof typeof operationRules;
export type MemoryRule = keyof typeof memoryRules;
