import { stat } from 'node:fs/promises';
import { OnebitError, unknownName } from '@onebit/common';
import { selectBackend } from '@onebit/tfjs-backend-native';
import { defineCommand } from '../cli/command.js';
import { bytes } from '../cli/output.js';
import { precisionName } from '../detector/build.js';
import { type Cost, countDetector } from '../detector/count.js';
import { readRunRecipe } from '../detector/run.js';
import { loadRecipe, parseOverride } from '../recipes/load.js';
import { recipes } from '../recipes/table.js';

export const cost = defineCommand({
  name: 'cost',
  summary: 'count parameters, operations and bytes of a model, group by group',
  positionals: 'RECIPE|RUN',
  arity: [1, 1],
  options: {
    classes: {
      type: 'number',
      placeholder: 'N',
      default: 20,
      description: 'number of classes (of a recipe; a run knows its own)',
    },
    set: { type: 'string', multiple: true, placeholder: 'KEY=VALUE', description: 'change one value of the recipe' },
    modules: { type: 'boolean', description: 'one row for each module instead of each group' },
  },
  examples: [
    ['onebit cost ssd300-resnet18-bidet', 'where the weights and operations of a recipe are'],
    ['onebit cost runs/cells --modules', 'the same, module by module, of a run'],
  ],
  async run({ positionals: [name], options, output }) {
    await selectBackend('cpu'); // shapes are followed, nothing is computed
    const isRecipe = Object.hasOwn(recipes, name) || name.endsWith('.json');
    const { recipe, classes } = isRecipe
      ? { recipe: await loadRecipe(name, options.set.map(parseOverride)), classes: placeholders(options.classes) }
      : await readRun(name, options.set);
    const { counted, groups } = countDetector(recipe, classes);
    const rows = options.modules ? counted.modules.map((module) => ({ ...module, cost: module })) : groups;
    output.heading(
      `${recipe.name} (${precisionName(recipe)}), ${recipe.model.imageSize} x ${recipe.model.imageSize}, ${classes.length} classes`,
    );
    output.table(
      ['group', '1-bit weights', 'float weights', 'binary MACs (M)', 'float MACs (M)', 'packed', 'float32'],
      [...rows.map(({ name, cost }) => row(name, cost)), row('total', counted.total)],
    );
    output.print(
      `binary MACs / 64 + float MACs = ${(counted.operations64 / 1e6).toFixed(0)} M: a counting rule of the literature, not a speed; \`onebit bench\` measures speed`,
    );
    return {
      recipe: recipe.name,
      classes: classes.length,
      groups,
      total: counted.total,
      operations64: counted.operations64,
    };
  },
});

async function readRun(folder: string, changes: readonly string[]) {
  if (changes.length > 0) {
    throw new OnebitError(
      'ERR_USAGE',
      `onebit cost: --set changes a recipe; ${folder} is a run, whose recipe is fixed`,
    );
  }
  await stat(folder).catch(() => {
    throw unknownName('onebit cost: neither the folder of a run nor a recipe', folder, Object.keys(recipes));
  });
  return readRunRecipe(folder);
}

function row(name: string, { parameters, macs, bytes: size }: Cost): (string | number)[] {
  const millions = (n: number) => (n / 1e6).toFixed(1);
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

function placeholders(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `class ${i + 1}`);
}
