import { createHash } from 'node:crypto';
import {
  decodeSafetensors,
  encodeSafetensors,
  OnebitError,
  type RandomState,
  type TensorData,
  type TensorFile,
} from '@onebit/common';
import { type AnyModule, structureFingerprint } from '@onebit/nn';
import { canonicalJson } from './json.js';

export type NamedTensors = ReadonlyMap<string, TensorData>;

/** Moments by slot (`m`, `v`) and parameter name, and how many updates each parameter has had. */
export interface OptimizerState {
  readonly slots: ReadonlyMap<string, NamedTensors>;
  readonly updates: Readonly<Record<string, number>>;
}

/** An evaluation that a run remembers. */
export interface Evaluation {
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Everything of a run that isn't a tensor: with the weights and the optimizer it determines all that follows. */
export interface RunState {
  /** Updates done; also the position in the data, since batch k feeds update k. */
  step: number;
  random: RandomState;
  /** Sums over the updates since the last line of metrics. */
  window: { steps: number; sums: Record<string, number> };
  images: number;
  /** Seconds of all sessions together, evaluation and checkpoints included. */
  seconds: number;
  evaluation?: Evaluation;
  best?: Evaluation;
}

export interface Checkpoint {
  readonly state: RunState;
  /** Parameters and buffers by name. */
  readonly model: NamedTensors;
  /** Moving averages of parameters and buffers, when the run keeps them. */
  readonly ema?: NamedTensors;
  readonly optimizer: OptimizerState;
  /** `structureFingerprint` of the model. */
  readonly fingerprint: string;
  readonly recipeHash: string;
}

const format = 'onebit-checkpoint-1';

/**
 * A safetensors file: `model/<name>`, `ema/<name>`, `optimizer/<slot>/<name>`; the rest as JSON in the metadata, with a SHA-256 over
 * all of it, because a flipped bit in a weight would otherwise go unnoticed.
 */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const tensors = new Map<string, TensorData>();
  const put = (prefix: string, group: NamedTensors) => {
    for (const [name, tensor] of group) tensors.set(`${prefix}/${name}`, tensor);
  };
  put('model', checkpoint.model);
  if (checkpoint.ema) put('ema', checkpoint.ema);
  for (const [slot, group] of checkpoint.optimizer.slots) put(`optimizer/${slot}`, group);
  const metadata: Record<string, string> = {
    format,
    state: JSON.stringify(checkpoint.state),
    updates: JSON.stringify(checkpoint.optimizer.updates),
    fingerprint: checkpoint.fingerprint,
    recipeHash: checkpoint.recipeHash,
  };
  return encodeSafetensors(tensors, { ...metadata, digest: digestOf({ tensors, metadata }) });
}

/**
 * Reads what {@link encodeCheckpoint} wrote.
 * @throws OnebitError ERR_FORMAT when the file is truncated, damaged or something else.
 */
export function decodeCheckpoint(bytes: Uint8Array, where: string): Checkpoint {
  const file = decodeSafetensors(bytes, where);
  const { digest, ...metadata } = file.metadata;
  if (metadata.format !== format) {
    throw new OnebitError(
      'ERR_FORMAT',
      `${where}: not a checkpoint of a run (format ${metadata.format}, expected ${format})`,
    );
  }
  if (digest !== digestOf({ tensors: file.tensors, metadata })) {
    throw new OnebitError('ERR_FORMAT', `${where}: damaged: its content does not match its SHA-256`);
  }
  const slots = new Map<string, Map<string, TensorData>>();
  const groups: Record<string, Map<string, TensorData>> = { model: new Map(), ema: new Map() };
  for (const [path, tensor] of file.tensors) {
    const [, group, name] = /^(model|ema|optimizer\/[^/]+)\/(.*)$/.exec(path)!; // the digest vouches for the names
    if (group in groups) groups[group].set(name, tensor);
    else {
      const slot = group.slice('optimizer/'.length);
      slots.set(slot, (slots.get(slot) ?? new Map<string, TensorData>()).set(name, tensor));
    }
  }
  return {
    state: JSON.parse(metadata.state),
    model: groups.model,
    ema: groups.ema.size > 0 ? groups.ema : undefined,
    optimizer: { slots, updates: JSON.parse(metadata.updates) },
    fingerprint: metadata.fingerprint,
    recipeHash: metadata.recipeHash,
  };
}

function digestOf({ tensors, metadata }: TensorFile): string {
  const hash = createHash('sha256').update(canonicalJson(metadata));
  // By name: the file sorts tensors by item size, so their order in memory is not their order on disk.
  for (const name of [...tensors.keys()].sort()) {
    const { dtype, shape, data } = tensors.get(name)!;
    hash.update(`\n${name} ${dtype} ${shape}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/**
 * Refuses a checkpoint of another architecture, near misses included.
 * @throws OnebitError ERR_CHECKPOINT naming tensors that differ.
 */
export function checkFingerprint(where: string, checkpoint: Checkpoint, model: AnyModule): void {
  const now = structureFingerprint(model);
  if (checkpoint.fingerprint === now) return;
  const lines = (tensors: Iterable<readonly [string, { readonly shape: readonly number[] }]>) =>
    Array.from(tensors, ([name, { shape }]) => `${name} [${shape}]`);
  const there = lines(checkpoint.model);
  const here = [...lines(model.namedParameters()), ...lines(model.namedBuffers())];
  const list = (names: string[]) =>
    names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '') || 'nothing';
  const onlyThere = there.filter((line) => !here.includes(line));
  const onlyHere = here.filter((line) => !there.includes(line));
  const what =
    onlyThere.length + onlyHere.length === 0
      ? 'the tensors have equal names and shapes, but layers of another kind'
      : `only in the checkpoint: ${list(onlyThere)}; only in the model: ${list(onlyHere)}`;
  throw new OnebitError(
    'ERR_CHECKPOINT',
    `${where}: the checkpoint (step ${checkpoint.state.step}) is of another architecture, fingerprint ${checkpoint.fingerprint} there, ` +
      `${now} now: ${what}. Build the model it was saved from`,
  );
}
