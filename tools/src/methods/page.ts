import type { MethodsDocument } from '../bench/methods/index.js';
import type { RuledCost } from '../cost/rules.js';
import { citationOf, type MethodFacts } from './facts.js';
import { type Fault, faults, published } from './literature.js';
import { code, list, markdownTable } from './markdown.js';

/** What a page is made of beside the method itself. */
export interface PageInput {
  readonly facts: MethodFacts;
  /** Of ResNet-18 at 224 x 224, by this method and in float. */
  readonly cost: RuledCost;
  readonly floatCost: RuledCost;
  /** `docs/results/methods.json`, where it was measured. */
  readonly measured?: MethodsDocument;
}

/** `docs/methods/NAME.md` */
export function methodPage(input: PageInput): string {
  const { facts } = input;
  const { text } = facts;
  const sections: [title: string, body: string][] = [
    ['Formulas', formulas(facts)],
    [
      'Block',
      `${text.block}\n\nStyle ${code(facts.block)}; batch normalisation with epsilon ${facts.batchNormEpsilon}.`,
    ],
    ['Paper, released code and onebit', differences(facts)],
    ['Options', options(facts)],
    ['What pins it', pins(facts)],
    ['Cost', costs(input)],
    ['Recipe hints', list(text.recipe)],
    ['Accuracy', accuracy(input)],
  ];
  return `${[
    `# ${facts.title}`,
    `${citationOf(facts)}.`,
    `${code(`onebit methods ${facts.name}`)}; in a plan: ${code(`"${facts.name}"`)}. All methods: [methods](../methods.md).`,
    ...sections.flatMap(([title, body]) => [`## ${title}`, body]),
  ].join('\n\n')}\n`;
}

function formulas({ text, activations, weights, output, padValue, clip }: MethodFacts): string {
  const terms = (count: number) => (count === 1 ? '' : `, ${count} of them`);
  const rows = [
    ['levels', weights.levels, activations.levels],
    ['gradient', weights.gradient, activations.gradient],
    ['bits', `${weights.bits}${terms(weights.tensors)}`, `${activations.bits}${terms(activations.maps)}`],
    ['scale', weights.scale, output ?? 'none'],
    ['outside', clip === null ? 'not clipped' : `clipped to [-${clip}, ${clip}]`, `padded with ${padValue}`],
  ];
  return [
    list([
      `Forward: ${text.forward}`,
      `Gradient of the activations: ${text.activationGradient}`,
      `Gradient of the weights: ${text.weightGradient}`,
    ]),
    markdownTable(['', 'weights', 'activations'], rows),
  ].join('\n\n');
}

function differences({ name, text, warnings }: MethodFacts): string {
  const found = faults.filter(({ methods }) => methods.includes(name));
  return [
    list([...text.differences, ...warnings]),
    ...(found.length === 0 ? [] : ['Faults of released code:', faultTable(found)]),
  ].join('\n\n');
}

/** Also for the page of all methods. */
export function faultTable(found: readonly Fault[]): string {
  return markdownTable(
    ['code', 'fault', 'seen', 'here'],
    found.map(({ repository, fault, seen, here }) => [repository, fault, seen, here]),
  );
}

function options({ options: known }: MethodFacts): string {
  return markdownTable(
    ['option', 'accepts'],
    Object.entries(known).map(([option, accepts]) => [code(option), accepts]),
  );
}

function pins({ golden, test }: MethodFacts): string {
  const files = golden.map((file) => code(`test/golden/${file}`)).join(', ');
  return `Golden vectors ${files}, compared by [${test}](../../${test}).`;
}

function costs({ cost, floatCost }: PageInput): string {
  const rows = (['memory', 'operations'] as const).flatMap((what) =>
    cost[what].map(({ rule, about, text }, i) => [`${what}, rule ${code(rule)}`, text, floatCost[what][i].text, about]),
  );
  return `ResNet-18, 224 x 224, 1000 classes (${code('onebit cost resnet18 --plan NAME')}).\n\n${markdownTable(
    ['', 'here', 'float', 'what the rule counts'],
    rows,
  )}`;
}

/** Only what was measured stands under ours. */
function accuracy({ facts: { name }, measured }: PageInput): string {
  const { paper = 'none', code: released = 'none' } = published[name] ?? {};
  const own = measured?.ranking.find(({ method }) => method === name);
  const ours = own === undefined ? 'not measured' : meanOf(own);
  return [
    markdownTable(['paper', 'original code', 'ours'], [[paper, released, ours]]),
    'Paper and code: ImageNet, ResNet-18 unless said, top-1 / top-5 in %. Ours: ResNet-20 on CIFAR-10 (JPEG) in a short training that only compares methods with each other, see [methods](../methods.md); the two do not compare.',
  ].join('\n\n');
}

/** `38.1 ± 0.4 (3 seeds)` */
export function meanOf({
  mean,
  deviation,
  seeds,
}: {
  mean: number;
  deviation: number;
  seeds: readonly number[];
}): string {
  return seeds.length === 1
    ? `${mean.toFixed(1)} (1 seed)`
    : `${mean.toFixed(1)} ± ${deviation.toFixed(1)} (${seeds.length} seeds)`;
}
