import { OnebitError, unknownName } from '@onebit/common';
import {
  checkDataset,
  datasetSplits,
  datasetStats,
  makeGeneratedSet,
  makeShapesSet,
  openDataset,
  showSamples,
} from '@onebit/datasets';
import { type CommandInput, defineCommand, type Options } from '../cli/command.js';

const options = {
  out: { type: 'string', short: 'o', placeholder: 'DIR', description: 'make, show: folder to write' },
  seed: {
    type: 'number',
    default: 1,
    placeholder: 'N',
    description: 'make: seed of all scenes; show: choice of pictures',
  },
  part: {
    type: 'string',
    multiple: true,
    placeholder: 'NAME=COUNT',
    description: 'make: scenes of one part, e.g. train=400',
  },
  classes: { type: 'string', placeholder: 'A,B,…', description: "make: some of VOC's classes (default all 20)" },
  sizes: {
    type: 'string',
    choices: ['mixed', 'voc', 'coco'],
    default: 'mixed',
    description: 'make: range of object sizes',
  },
  shapes: { type: 'boolean', description: 'make: circles, squares and triangles instead of drawings' },
  split: {
    type: 'string',
    short: 's',
    placeholder: 'NAME',
    description: 'check, stats, show: one split (default all, for show the first)',
  },
  count: { type: 'number', default: 16, placeholder: 'N', description: 'show: number of pictures' },
  masks: { type: 'boolean', description: 'show: lay object masks over the pictures' },
} as const satisfies Options;

type Input = CommandInput<typeof options>;

const actions: Readonly<Record<string, (input: Input, target: string | undefined) => Promise<unknown>>> = {
  make,
  check,
  stats,
  show,
};

export const dataset = defineCommand({
  name: 'dataset',
  summary: 'make, check, count and look at data sets',
  positionals: 'make|check|stats|show [KIND:DIR]',
  arity: [1, 2],
  options,
  examples: [
    [
      'onebit dataset make -o data/scenes --part train=400 --part val-seen=80 --part val-unseen=80',
      'labelled scenes, split by art style',
    ],
    ['onebit dataset check voc:VOCdevkit', 'every problem with file and field'],
    ['onebit dataset stats coco:coco --split train2017', 'objects, classes, sizes'],
    ['onebit dataset show voc:cells -o look --masks', 'pictures with their boxes, and a contact sheet'],
  ],
  async run(input) {
    const [action, target] = input.positionals;
    const handler = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (handler === undefined) throw unknownName('onebit dataset', action, Object.keys(actions));
    return handler(input, target);
  },
});

async function make({ options, output, signal }: Input): Promise<unknown> {
  const folder = required(options.out, 'make', '--out DIR');
  const given = options.part.map(parsePart);
  const parts = Object.fromEntries(
    given.length > 0
      ? given
      : [
          ['train', 400],
          [options.shapes ? 'val' : 'val-seen', 80],
        ],
  );
  const total = Object.values(parts).reduce((sum, n) => sum + n, 0);
  const progress = output.progress('scenes', total);
  const common = {
    output: folder,
    seed: options.seed,
    signal,
    onProgress: (done: number) => progress.update(done, ''),
  };
  const made = options.shapes
    ? await makeShapesSet({ ...common, parts })
    : await makeGeneratedSet({
        ...common,
        parts,
        sizes: options.sizes as 'mixed',
        classes: options.classes?.split(','),
      });
  progress.finish();
  for (const [part, { scenes, objects }] of Object.entries(made.parts))
    output.print(`${part}: ${scenes} scenes, ${objects} objects`);
  output.print(`${made.reused ? 'was there already' : 'made'}: generated:${folder}`);
  return made;
}

async function check({ options, output, signal }: Input, target: string | undefined): Promise<unknown> {
  const progress = { bar: undefined as ReturnType<typeof output.progress> | undefined };
  const report = await checkDataset(required(target, 'check', 'KIND:DIR'), {
    split: options.split,
    signal,
    onProgress: (done, total) => {
      progress.bar ??= output.progress('check', total);
      progress.bar.update(done, 'pictures');
    },
  });
  progress.bar?.finish();
  for (const { severity, where, found } of report.issues)
    output.print(`${severity === 'error' ? 'error' : 'note '} ${where}: ${found}`);
  output.table(
    ['split', 'pictures', 'objects'],
    report.splits.map(({ split, images, objects }) => [split, images, objects]),
  );
  output.print(
    `${report.imagesDecoded} pictures and ${report.masksDecoded} masks decoded: ${report.ok ? 'no errors' : 'there are errors'}`,
  );
  if (!report.ok) process.exitCode = 1;
  return report;
}

async function stats({ options, output }: Input, target: string | undefined): Promise<unknown> {
  const spec = required(target, 'stats', 'KIND:DIR');
  const splits = options.split ? [options.split] : await datasetSplits(spec);
  const all = [];
  for (const split of splits) {
    const figures = datasetStats(await openDataset(spec, { split }));
    all.push(figures);
    output.heading(
      `${figures.name} ${split}: ${figures.images} pictures (${figures.imagesWithoutObjects} without objects), ${figures.objects} objects, ${figures.difficult} difficult, ${figures.crowds} crowds`,
    );
    output.table(
      ['class', 'objects', 'pictures', 'difficult'],
      figures.perClass.map(({ name, objects, images, difficult }) => [name, objects, images, difficult]),
    );
  }
  return all;
}

async function show({ options, output }: Input, target: string | undefined): Promise<unknown> {
  const spec = required(target, 'show', 'KIND:DIR');
  const folder = required(options.out, 'show', '--out DIR');
  const split = options.split ?? (await datasetSplits(spec))[0];
  const shown = await showSamples(await openDataset(spec, { split }), {
    output: folder,
    count: options.count,
    seed: options.seed,
    masks: options.masks,
  });
  output.print(`${shown.pictures.length} pictures of ${split} in ${folder}\ncontact sheet ${shown.contactSheet}`);
  return shown;
}

function required(value: string | undefined, action: string, what: string): string {
  if (value !== undefined) return value;
  throw new OnebitError('ERR_USAGE', `onebit dataset ${action}: ${what} must be given; see \`onebit dataset --help\``);
}

function parsePart(text: string): [string, number] {
  const [, name, count] = /^([\w-]+)=(\d+)$/.exec(text) ?? [];
  if (name === undefined)
    throw new OnebitError('ERR_USAGE', `--part ${text}: expected NAME=COUNT, for example --part train=400`);
  return [name, Number(count)];
}
