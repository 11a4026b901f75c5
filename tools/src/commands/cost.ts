import { stat } from 'node:fs/promises';
import { OnebitError, unknownName } from '@onebit/common';
import { loaderDefaults } from '@onebit/datasets';
import type { Cost } from '@onebit/nn';
import { selectBackend } from '@onebit/tfjs-backend-native';
import { defineCommand } from '../cli/command.js';
import { bytes, type Output } from '../cli/output.js';
import { precisionName } from '../detector/build.js';
import { countDetector } from '../detector/count.js';
import type { DetectionRecipe } from '../recipes/detection.js';
import { loadDetectionRecipe, parseOverride } from '../recipes/load.js';
import { readRunRecipe } from '../recipes/recorded.js';
import { expectTask } from '../recipes/schema.js';
import { recipes } from '../recipes/table.js';
import { MemoryModel } from '../workloads/memory.js';

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
    train: { type: 'boolean', description: 'memory that training takes, measured on two small steps' },
    batch: { type: 'number', placeholder: 'N', description: "with --train: the batch (default: the recipe's)" },
    modules: { type: 'boolean', description: 'one row for each module instead of each group' },
  },
  examples: [
    ['onebit cost ssd300-resnet18-bidet', 'where the weights and operations of a recipe are'],
    ['onebit cost runs/cells --modules', 'the same, module by module, of a run'],
    ['onebit cost ssd300-resnet18-bidet --train --batch 8', 'whether training fits into memory'],
  ],
  async run({ positionals: [name], options, output }) {
    const isRecipe = Object.hasOwn(recipes, name) || name.endsWith('.json');
    const { recipe, classes } = isRecipe
      ? {
          recipe: await loadDetectionRecipe(name, options.set.map(parseOverride)),
          classes: placeholders(options.classes),
        }
      : await readRun(name, options.set);
    if (options.train) return trainingCost(recipe, classes, options.batch, output);
    if (options.batch !== undefined) throw new OnebitError('ERR_USAGE', 'onebit cost: --batch goes with --train');
    await selectBackend('cpu'); // shapes are followed, nothing is computed
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

/** The table of `--train`. */
async function trainingCost(
  recipe: DetectionRecipe,
  classes: readonly string[],
  batch = recipe.train.batchSize,
  output: Output,
) {
  if (!(Number.isInteger(batch) && batch >= 1)) {
    throw new OnebitError('ERR_USAGE', `--batch must be a whole number of at least 1, got ${batch}`);
  }
  await selectBackend('native');
  const model = await MemoryModel.of(recipe, classes, loaderDefaults().workers);
  const estimate = model.at(batch);
  const { weights, optimizer, average, checkpoint, step, holes, loader, process, total } = estimate;
  const { imageSize } = recipe.model;
  output.heading(`training ${recipe.name} (${precisionName(recipe)}), ${imageSize} x ${imageSize}, batch ${batch}`);
  const rows: [string, number][] = [
    ['weights', weights],
    [`optimizer (${recipe.train.optimizer.kind})`, optimizer],
    ['moving average', average],
    ['gradients and what else is fixed, at the fullest moment', step.fixed],
    [`activations, ${batch} x ${bytes(Math.round(step.perPicture))} a picture`, batch * step.perPicture],
    ['between tensors', holes],
    ['copies for a checkpoint', checkpoint],
    ['batches made ahead', loader],
    ['Node.js and the program', process],
    ['total', total],
  ];
  output.table(
    ['part', 'memory'],
    rows.map(([name, size]) => [name, bytes(Math.round(size))]),
  );
  output.print(`beside it, up to ${bytes(loaderDefaults().cacheBytes)} of decoded pictures where there is room`);
  return { recipe: recipe.name, classes: classes.length, memory: estimate };
}

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
  const { recipe, classes } = await readRunRecipe(folder);
  return { recipe: expectTask(recipe, 'detection', folder), classes };
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
