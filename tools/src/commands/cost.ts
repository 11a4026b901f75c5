import { OnebitError, writeFileAtomic } from '@onebit/common';
import { type Cost, memoryRules, operationRules } from '@onebit/nn';
import { selectBackend } from '@onebit/tfjs-backend-native';
import { defineCommand } from '../cli/command.js';
import { bytes, type Output } from '../cli/output.js';
import { countGroups } from '../cost/count.js';
import { byRules, type RuledNumber } from '../cost/rules.js';
import { type CostTarget, targetOf } from '../cost/target.js';
import { trainingCost } from '../cost/training.js';
import { parseOverride } from '../recipes/load.js';
import { expectTask } from '../recipes/schema.js';

const ruleNames = [...Object.keys(memoryRules), ...Object.keys(operationRules)];

export const cost = defineCommand({
  name: 'cost',
  summary: 'count parameters, operations and bytes of a model, group by group',
  positionals: 'MODEL|RECIPE|RUN',
  arity: [1, 1],
  options: {
    plan: {
      type: 'string',
      placeholder: 'PLAN',
      description: 'float, a method, or JSON: a method with options, or rules (default: float, of a recipe its own)',
    },
    input: { type: 'string', placeholder: 'HxW', description: 'picture of a MODEL in pixels (default 224x224)' },
    classes: {
      type: 'number',
      placeholder: 'N',
      description: 'classes (default 1000 of a MODEL, 20 of a recipe; a run knows its own)',
    },
    rule: {
      type: 'string',
      multiple: true,
      choices: ruleNames,
      placeholder: 'NAME',
      description: 'counting rules to print (default survey and bireal)',
    },
    set: { type: 'string', multiple: true, placeholder: 'KEY=VALUE', description: 'change one value of the recipe' },
    train: { type: 'boolean', description: 'memory that training takes, measured on two small steps' },
    batch: { type: 'number', placeholder: 'N', description: "with --train: the batch (default: the recipe's)" },
    modules: { type: 'boolean', description: 'one row for each module instead of each group' },
    svg: { type: 'string', placeholder: 'FILE', description: 'draw the groups there' },
  },
  examples: [
    ['onebit cost resnet18 --plan bireal --input 224x224', 'the number that papers print, with its rule'],
    [
      `onebit cost resnet18 --plan '{"method":"xnor","activationScale":"window-mean"}' --rule scaled`,
      'a method with options, by another rule',
    ],
    ['onebit cost ssd300-resnet18-bidet', 'where the weights and operations of a recipe are'],
    ['onebit cost runs/cells --modules', 'the same, module by module, of a run'],
    ['onebit cost ssd300-resnet18-bidet --train --batch 8', 'whether training fits into memory'],
  ],
  async run({ positionals: [name], options, output }) {
    await selectBackend('cpu'); // shapes are followed, nothing is computed
    const { plan, input, classes } = options;
    const target = await targetOf(name, { plan, input, classes, set: options.set.map(parseOverride) });
    if (options.train) {
      if (target.recipe === undefined) {
        throw new OnebitError('ERR_USAGE', `onebit cost: --train goes with a recipe or a run; ${name} is a backbone`);
      }
      const { recipe, classes: names } = target.recipe;
      return trainingCost(expectTask(recipe, 'detection', name), names, options.batch, output);
    }
    if (options.batch !== undefined) throw new OnebitError('ERR_USAGE', 'onebit cost: --batch goes with --train');
    return countCost(target, options, output);
  },
});

async function countCost(
  target: CostTarget,
  options: { readonly rule: readonly string[]; readonly modules?: boolean; readonly svg?: string },
  output: Output,
) {
  const { name, plan, input, model } = target;
  const { counted, groups } = countGroups(model, input);
  const { total, activations, operations64, modules } = counted;
  const title = `${name} (${plan}), ${input.join(' x ')}, ${target.classes} classes`;
  const rows = options.modules ? modules.map((module) => ({ name: module.name, cost: module })) : groups;
  output.heading(title);
  output.table(
    ['group', 'latent weights', 'float parameters', 'binary MACs (M)', 'float MACs (M)', 'packed', 'float32'],
    [...rows.map((one) => row(one.name, one.cost)), row('total', total)],
  );
  output.print(
    `largest input and output of a layer: ${bytes(activations.packed)} (${bytes(activations.float32)} as float32); ${millions(total.elements)} M elements pass normalisations, activations and pools`,
  );
  const rules = byRules(total);
  const chosen = options.rule.length === 0 ? ['survey', 'bireal'] : options.rule;
  const print = (what: string, numbers: readonly RuledNumber[]) => {
    for (const { rule, about, text } of numbers) {
      if (chosen.includes(rule)) output.print(`${what}: ${text} by the rule ${rule} (${about})`);
    }
  };
  print('memory', rules.memory);
  print('operations', rules.operations);
  output.print('Counts, not speeds: `onebit bench` measures speed.');
  if (options.svg !== undefined) {
    const { drawCost } = await import('../cost/draw.js'); // the chart library takes a third of the program's start-up time
    await writeFileAtomic(options.svg, drawCost(groups, title));
  }
  const { recipe } = target.recipe ?? {};
  const about = { ...(recipe ? { recipe: recipe.name } : { model: name }), plan, input, classes: target.classes };
  const detail = options.modules ? { modules } : {};
  return { ...about, ...rules, total, activations, operations64, groups, ...detail };
}

function row(name: string, { parameters, macs, bytes: size }: Cost): (string | number)[] {
  return [
    name,
    parameters.oneBit.toLocaleString('en'),
    parameters.float32.toLocaleString('en'),
    millions(macs.binary),
    millions(macs.float),
    bytes(size.packed),
    bytes(size.float32),
  ];
}

function millions(n: number): string {
  return (n / 1e6).toFixed(1);
}
