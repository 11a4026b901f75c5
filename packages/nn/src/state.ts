import { hashSeed, OnebitError, type TensorData } from '@onebit/common';
import { copyValues, tf } from '@onebit/ops';
import type { AnyModule } from './module.js';

/** What loading found that was not a plain match; all lists are empty after a perfect one. */
export interface LoadReport {
  /** Names the model has and the tensors have not; they keep their values. */
  readonly missing: readonly string[];
  /** Names the tensors have and the model has not. */
  readonly unused: readonly string[];
  /** Loaded, but stored in another shape of the same size, such as `[out]` for `[1, 1, 1, out]`. */
  readonly reshaped: readonly ShapeChange[];
  /** Not loaded: another number of elements, or not float32. */
  readonly mismatched: readonly ShapeChange[];
}

export interface ShapeChange {
  readonly name: string;
  readonly expected: readonly number[];
  readonly found: readonly number[];
}

/**
 * Copies of all parameters and buffers by name, in order of definition, ready for `encodeSafetensors`. Filters are `[kh, kw, in, out]`.
 */
export function stateOf(module: AnyModule): Promise<Map<string, TensorData<'F32'>>> {
  return readTensors(variablesOf(module));
}

/** Copies of float tensors by name. */
export async function readTensors(
  tensors: Iterable<readonly [string, tf.Tensor]>,
): Promise<Map<string, TensorData<'F32'>>> {
  const read = Array.from(tensors, async ([name, tensor]): Promise<[string, TensorData<'F32'>]> => {
    return [name, { dtype: 'F32', shape: [...tensor.shape], data: await copyValues(tensor) }];
  });
  return new Map(await Promise.all(read));
}

/**
 * Loads tensors by name into parameters and buffers.
 * @param options.strict default true: anything but a perfect match is an error that names every offender, and nothing is loaded.
 */
export function loadState(
  module: AnyModule,
  tensors: ReadonlyMap<string, TensorData>,
  { strict = true }: { readonly strict?: boolean } = {},
): LoadReport {
  const variables = variablesOf(module);
  const report = compare(variables, tensors);
  if (strict) refuse(report);
  const skipped = new Set([...report.missing, ...report.mismatched.map(({ name }) => name)]);
  for (const [name, variable] of variables) {
    if (skipped.has(name)) continue;
    const { data } = tensors.get(name) as TensorData<'F32'>;
    tf.tidy(() => variable.assign(tf.tensor(data.slice(), variable.shape, 'float32')));
  }
  return report;
}

/**
 * 16 hex digits that depend on the names, shapes, types and precisions of everything in the model and on nothing else: a checkpoint that carries it
 * can refuse an architecture that merely looks alike.
 */
export function structureFingerprint(module: AnyModule): string {
  const lines = [...module.namedModules()].map(([name, { type }]) => `${name}:${type}`);
  for (const [name, { shape, role }] of module.namedParameters()) lines.push(`${name}:${role}[${shape}]`);
  for (const [name, { shape }] of module.namedBuffers()) lines.push(`${name}:buffer[${shape}]`);
  const text = lines.join('\n');
  return [0, 1].map((salt) => hashSeed(salt, text).toString(16).padStart(8, '0')).join('');
}

function variablesOf(module: AnyModule): [string, tf.Variable][] {
  const parameters = module.namedParameters().map(([name, { variable }]): [string, tf.Variable] => [name, variable]);
  return [...parameters, ...module.namedBuffers()];
}

function compare(variables: [string, tf.Variable][], tensors: ReadonlyMap<string, TensorData>): LoadReport {
  const known = new Set(variables.map(([name]) => name));
  const report = {
    missing: variables.flatMap(([name]) => (tensors.has(name) ? [] : [name])),
    unused: [...tensors.keys()].filter((name) => !known.has(name)),
    reshaped: [] as ShapeChange[],
    mismatched: [] as ShapeChange[],
  };
  for (const [name, variable] of variables) {
    const tensor = tensors.get(name);
    if (tensor === undefined) continue;
    const change = { name, expected: variable.shape, found: tensor.shape };
    if (tensor.dtype !== 'F32' || tensor.data.length !== variable.size) report.mismatched.push(change);
    else if (String(tensor.shape) !== String(variable.shape)) report.reshaped.push(change);
  }
  return report;
}

function refuse({ missing, unused, reshaped, mismatched }: LoadReport): void {
  const shapes = (changes: readonly ShapeChange[]) =>
    changes.map(({ name, expected, found }) => `${name} (model [${expected}], file [${found}])`);
  const faults = Object.entries({
    missing,
    unused,
    'of another shape': shapes(reshaped),
    'of another size or type': shapes(mismatched),
  }).filter(([, names]) => names.length > 0);
  if (faults.length === 0) return;
  const list = faults.map(([what, names]) => `${names.length} ${what}: ${names.join(', ')}`).join('; ');
  throw new OnebitError(
    'ERR_CHECKPOINT',
    `loadState: the tensors do not fit the model: ${list}. Build the model they were saved from, or load with strict: false to keep what fits`,
  );
}
