import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decoupledTensors } from '@onebit/backbones';
import { decodeSafetensors, OnebitError, suggest, type TensorData, writeFileAtomic } from '@onebit/common';
import { type AnyModule, type LoadReport, loadState, matchesName } from '@onebit/nn';
import type { Output } from '../cli/output.js';
import type { RecipeInit } from '../recipes/common.js';
import { runFolderOf } from './run-folder.js';
import { readRunCheckpoint } from './weights.js';

/** What became of every tensor when a model took over the weights of another. */
export interface InitReport extends LoadReport {
  readonly from: string;
  /** Steps that the weights were trained for, where the source says so. */
  readonly step?: number;
  /** Names of the model's tensors that were taken over; those in `reshaped` are among them. */
  readonly loaded: readonly string[];
}

interface Source {
  readonly tensors: ReadonlyMap<string, TensorData>;
  readonly step?: number;
}

/**
 * Takes over what fits by name and size from another run or file: the backbone of a classifier into a detector, float weights into the latent ones of a binary
 * network. Everything else keeps its fresh values.
 * @throws OnebitError ERR_CHECKPOINT when nothing fits, with the nearest names; ERR_DATA, ERR_FORMAT for a source that cannot be read.
 */
export async function initialize(model: AnyModule, init: RecipeInit): Promise<InitReport> {
  const { tensors, step } = await readSource(init);
  const taken = new Map([...tensors].filter(([name]) => matchesName(init.match, name)));
  const chosen = init.convert === 'decouple' ? decoupledTensors(taken, shapesOf(model)) : taken;
  const names = [...shapesOf(model).keys()];
  const report = loadState(model, chosen, { strict: false });
  const left = new Set([...report.missing, ...report.mismatched.map(({ name }) => name)]);
  const loaded = names.filter((name) => !left.has(name));
  if (loaded.length === 0) throw nothingFits(init, names, chosen, tensors);
  return { from: init.from, ...(step !== undefined && { step }), loaded, ...report };
}

/** {@link initialize} for a run: the whole report goes to `init.json` in its folder, a line of it to the user. */
export async function initializeRun(model: AnyModule, init: RecipeInit, folder: string, output: Output): Promise<void> {
  const report = await initialize(model, init);
  const path = join(folder, 'init.json');
  await writeFileAtomic(path, `${JSON.stringify(report, null, 2)}\n`);
  output.print(`${summaryOf(report)}; every tensor is listed in ${path}`);
}

/** `runs/a (step 500): 102 of 140 tensors taken over, 2 of them reshaped; …` */
function summaryOf({ from, step, loaded, missing, unused, reshaped, mismatched }: InitReport): string {
  const all = loaded.length + missing.length + mismatched.length;
  const parts = [
    `${from}${step === undefined ? '' : ` (step ${step})`}: ${loaded.length} of ${all} tensors taken over`,
    reshaped.length > 0 ? `${reshaped.length} of them reshaped (${examples(reshaped.map(({ name }) => name))})` : '',
    missing.length > 0 ? `${missing.length} new (${examples(missing)})` : '',
    mismatched.length > 0
      ? `${mismatched.length} of another size (${examples(mismatched.map(({ name, expected, found }) => `${name} [${found}] for [${expected}]`))})`
      : '',
    unused.length > 0 ? `${unused.length} left behind (${examples(unused)})` : '',
  ];
  return parts.filter(Boolean).join(', ');
}

function examples(names: readonly string[]): string {
  return names.slice(0, 2).join(', ') + (names.length > 2 ? ', …' : '');
}

function shapesOf(model: AnyModule): Map<string, readonly number[]> {
  const parameters = model.namedParameters().map(([name, { shape }]) => [name, shape] as const);
  return new Map([...parameters, ...model.namedBuffers().map(([name, { shape }]) => [name, shape] as const)]);
}

async function readSource({ from, checkpoint }: RecipeInit): Promise<Source> {
  const found = await stat(from).catch((error: NodeJS.ErrnoException) => {
    throw new OnebitError(
      'ERR_DATA',
      `init.from: ${from}: must be the folder of a run or a safetensors file, it cannot be read (${error.code})`,
      { cause: error },
    );
  });
  if (found.isDirectory()) {
    const { ema, model, state } = await readRunCheckpoint(await runFolderOf(from), checkpoint);
    return { tensors: ema ?? model, step: state.step };
  }
  return { tensors: weightsIn(decodeSafetensors(await readFile(from), from).tensors) };
}

/** A checkpoint of a run keeps its weights under `ema/` or `model/`, beside moments; any other file has tensors alone. */
function weightsIn(tensors: ReadonlyMap<string, TensorData>): ReadonlyMap<string, TensorData> {
  for (const prefix of ['ema/', 'model/']) {
    const weights = [...tensors].filter(([name]) => name.startsWith(prefix));
    if (weights.length > 0) return new Map(weights.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
  }
  return tensors;
}

function nothingFits(
  { from, match }: RecipeInit,
  names: readonly string[],
  chosen: ReadonlyMap<string, TensorData>,
  all: ReadonlyMap<string, TensorData>,
): OnebitError {
  const list = (some: readonly string[]) => some.slice(0, 4).join(', ') + (some.length > 4 ? ', …' : '') || 'none';
  if (chosen.size === 0) {
    return new OnebitError(
      'ERR_CHECKPOINT',
      `init.match: ${JSON.stringify(match)} must match tensors of ${from}, it has ${list([...all.keys()])}`,
    );
  }
  const known = [...chosen.keys()];
  const pairs = names.flatMap((name) => {
    const near = chosen.has(name) ? name : suggest(name, known);
    return near === undefined ? [] : [`${name} ~ ${near} [${chosen.get(near)?.shape}]`];
  });
  const nearest = pairs.length > 0 ? ` Nearest: ${list(pairs)}.` : '';
  return new OnebitError(
    'ERR_CHECKPOINT',
    `init.from: ${from}: no tensor fits the model by name and size; the model has ${list(names)}, the source ${list(known)}.${nearest} ` +
      'Was it trained with another backbone or width?',
  );
}
