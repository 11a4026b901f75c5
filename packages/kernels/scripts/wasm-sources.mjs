// What the WebAssembly module is made of: sources, compiler and flags. A change of any of them changes the hash that wasm/manifest.json holds.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Debian 12's compiler, named with its version because another one gives other bytes. */
export const compiler = {
  command: 'clang-14',
  flags: [
    '--target=wasm32-unknown-unknown',
    '-std=c++17',
    '-O3',
    '-msimd128',
    '-mbulk-memory',
    '-ffreestanding',
    '-nostdlibinc',
    '-fno-exceptions',
    '-fno-rtti',
    '-fno-ident',
    // Each product and each sum rounds by itself, as the output transform wants it.
    '-ffp-contract=off',
    '-Wall',
    '-Wextra',
    '-Werror',
  ],
  linker: 'wasm-ld-14',
  // The stack comes first: running over its end is a trap and not a change of other data.
  linkerFlags: [
    '--no-entry',
    '--strip-all',
    '--import-memory',
    '--export=__heap_base',
    '--stack-first',
    '-z',
    'stack-size=65536',
  ],
};

export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Names of the C++ files in the folder, in order. */
export function sourceNames(folder) {
  return readdirSync(folder)
    .filter((name) => /\.(cc|h)$/.test(name))
    .sort();
}

export function sourcesHash(folder) {
  const parts = sourceNames(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
  return sha256(JSON.stringify([compiler, parts]));
}
