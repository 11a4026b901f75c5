import { cells } from './cells/index.js';
import { widths } from './widths/index.js';

/** Every search by the name that `onebit search` knows it by. Adding one is a folder, an entry here and its options below. */
export const searchKinds = { cells, widths };

/** The options of all searches. */
export const kindOptions = { ...cells.options, ...widths.options };
