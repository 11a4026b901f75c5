import { appendFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeSafetensors, type TensorFile } from '../packages/common/src/index.js';

/** Folder of the golden vectors: `ONEBIT_GOLDEN`, else the project's own copy. */
export const goldenFolder = process.env.ONEBIT_GOLDEN
  ? resolve(process.env.ONEBIT_GOLDEN)
  : fileURLToPath(new URL('./golden', import.meta.url));

/**
 * Folder of the evaluation sets made by others, which are read in place and not copied into the project: below `ONEBIT_GOLDEN`, else beside the
 * checkout. Tests skip themselves when it is not there.
 */
export const thirdPartyFolder = process.env.ONEBIT_GOLDEN
  ? join(goldenFolder, 'evaluation/third-party')
  : fileURLToPath(new URL('../../shared/golden/evaluation/third-party', import.meta.url));

/** True when the folder in use holds this file or folder; a set of vectors need not hold every kind. */
export function hasGolden(kind: string): boolean {
  return existsSync(join(goldenFolder, kind));
}

/** Reads one safetensors file, e.g. `bidet/binary_conv.safetensors`. */
export function goldenFile(kind: string): TensorFile {
  const path = join(goldenFolder, kind);
  return decodeSafetensors(readFileSync(path), path);
}

/** Reads one JSON file. */
export function goldenJson<T = unknown>(kind: string): T {
  return JSON.parse(goldenText(kind)) as T;
}

/** Reads one text file. */
export function goldenText(kind: string): string {
  return readFileSync(join(goldenFolder, kind), 'utf8');
}

/** Names of the entries of a folder of vectors that match `pattern`, sorted; empty when the folder is not there. */
export function goldenCases(folder: string, pattern: RegExp = /./): string[] {
  const path = join(goldenFolder, folder);
  if (!existsSync(path) || !statSync(path).isDirectory()) return [];
  return readdirSync(path)
    .filter((name) => pattern.test(name))
    .sort();
}

/** Tells the runner that `tensors` arrays of a golden file were compared; call it once for each file, after its comparisons. */
export function compared(kind: string, tensors: number): void {
  if (!(tensors > 0)) throw new Error(`golden: ${kind}: nothing was compared`);
  const log = process.env.ONEBIT_GOLDEN_LOG;
  if (log) appendFileSync(log, `${JSON.stringify({ kind, tensors })}\n`);
}
