import { widths } from './widths/index.js';

/** Every search by the name that `onebit search` knows it by. Adding one is a folder, an entry here and its options below. */
export const searchKinds = { widths };

/** The options of all searches. */
export const kindOptions = { ...widths.options };
