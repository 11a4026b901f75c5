import type { Command } from './command.js';

/**
 * The packages name their own options in the fixes of their error messages; here they become what a person types. A fix that no option of the command
 * offers is left out.
 */
export function inCommandWords(message: string, { options }: Command): string {
  const canSet = 'set' in options;
  const phrases: readonly (readonly [library: string, typed: string])[] = [
    ["run again with resume: 'auto'", 'resume' in options ? 'run again with --resume' : 'run again'],
    [", or continue that run with resume: 'auto'", 'resume' in options ? ', or continue that run with --resume' : ''],
    [", or continue them with resume: 'auto'", 'resume' in options ? ', or continue them with --resume' : ''],
    [
      "or choose what to do about such annotations: policy 'clip' or 'drop'.",
      canSet ? 'or add --set data.badBoxes=clip or --set data.badBoxes=drop.' : 'see `onebit dataset check`.',
    ],
    [", or let the loader go on without it (onCorrupt: 'skip')", ''],
    ...('lenient' in options
      ? ([
          ['renumber: true', '--renumber'],
          ['strict: false', '--lenient'],
        ] as const)
      : []),
    ['Lower batchSize, set dropLast: false or keepEmpty: true, or look', 'Lower train.batchSize, or look'],
  ];
  return phrases.reduce((text, [library, typed]) => text.replaceAll(library, typed), message);
}
