import { expect, test } from 'vitest';
import { cost } from '../commands/cost.js';
import { evaluate } from '../commands/eval.js';
import { train } from '../commands/train.js';
import type { Command } from './command.js';
import { inCommandWords } from './words.js';

const words = (message: string, command: unknown) => inCommandWords(message, command as Command);

test.each([
  ["make room and run again with resume: 'auto'", train, 'make room and run again with --resume'],
  ["make room and run again with resume: 'auto'", cost, 'make room and run again'],
  [
    "choose another output folder, or continue that run with resume: 'auto'",
    train,
    'choose another output folder, or continue that run with --resume',
  ],
  ["choose another output folder, or continue that run with resume: 'auto'", evaluate, 'choose another output folder'],
  [
    "Mend the files, or choose what to do about such annotations: policy 'clip' or 'drop'.",
    train,
    'Mend the files, or add --set data.badBoxes=clip or --set data.badBoxes=drop.',
  ],
  [
    "Mend the files, or choose what to do about such annotations: policy 'clip' or 'drop'.",
    evaluate,
    'Mend the files, see `onebit dataset check`.',
  ],
  ["Fetch it again, or let the loader go on without it (onCorrupt: 'skip').", train, 'Fetch it again.'],
  ['anything else', train, 'anything else'],
])('%s', (message, command, expected) => {
  expect(words(message, command)).toBe(expected);
});
