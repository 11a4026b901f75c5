import { unknownName } from '@onebit/common';
import { type Method, methods as table } from '@onebit/nn';
import { defineCommand } from '../cli/command.js';
import type { Output } from '../cli/output.js';
import { citationOf, factsOf, type MethodFacts } from '../methods/facts.js';

export const methods = defineCommand({
  name: 'methods',
  summary: 'list the binarization methods, or all about one',
  positionals: '[NAME]',
  arity: [0, 1],
  options: {},
  examples: [
    ['onebit methods', 'the table: levels, gradients, scales, blocks'],
    ['onebit methods bireal', 'formulas, differences to the released code, options, the test that pins it'],
    ['onebit methods --json', 'everything, for a program'],
  ],
  async run({ positionals: [name], output }) {
    const known: Readonly<Record<string, Method>> = table;
    if (name === undefined) {
      const all = Object.values(known).map(factsOf);
      printTable(output, all);
      return all;
    }
    if (!Object.hasOwn(known, name)) throw unknownName('onebit methods', name, Object.keys(known));
    const facts = factsOf(known[name]);
    printMethod(output, facts);
    return facts;
  },
});

function printTable(output: Output, all: readonly MethodFacts[]): void {
  output.table(
    ['method', 'year', 'weights', 'their gradient', 'activations', 'their gradient', 'bits', 'block'],
    all.map(({ name, citation, weights, activations, block }) => [
      name,
      citation.year,
      `${weights.levels}${times(weights.tensors)}`,
      weights.gradient,
      `${activations.levels}${times(activations.maps)}`,
      activations.gradient,
      `${weights.bits}/${activations.bits}`,
      block,
    ]),
  );
  output.print(`${all.length} methods; \`onebit methods NAME\` tells all about one, a plan takes them by name`);
}

/** ` x 3` where a number stands for several sign maps. */
function times(count: number): string {
  return count === 1 ? '' : ` x ${count}`;
}

function printMethod(output: Output, facts: MethodFacts): void {
  const { text, options, golden, test, warnings } = facts;
  output.heading(`${facts.title} (${facts.name})`);
  output.print(citationOf(facts));
  const sections: [string, readonly string[]][] = [
    ['forward', [text.forward]],
    ['gradient of the activations', [text.activationGradient]],
    ['gradient of the weights', [text.weightGradient]],
    ['block', [text.block]],
    ['differences to paper and released code', text.differences],
    ['recipe', text.recipe],
    ['options', Object.entries(options).map(([option, accepts]) => `${option}: ${accepts}`)],
    ['compared with', [`${golden.join(', ')} in ${test}`]],
    ['to be known', warnings],
  ];
  for (const [title, lines] of sections) {
    if (lines.length === 0) continue;
    output.heading(title);
    for (const line of lines) output.print(lines.length > 1 ? `- ${line}` : line);
  }
}
