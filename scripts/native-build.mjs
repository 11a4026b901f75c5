// Compiles the native sources with another compiler or other flags than the add-on's, beside it: for sanitizers, the fuzzer and other processors.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { root } from './setup.mjs';

export const native = join(root, 'packages/kernels/native');

/** Language and floating-point rules of the add-on (binding.gyp): results must be the same to the bit. */
export const cxxFlags = [
  '-std=gnu++17',
  '-ffp-contract=fast',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-Wall',
  '-Wextra',
  '-Wno-psabi',
  `-I${native}`,
];

/** Ends the process with the names of the Debian packages when a command is missing. `commands` maps each to its package. */
export function requireCommands(what, commands) {
  const missing = Object.entries(commands).filter(([command]) => spawnSync(command, ['--version']).error !== undefined);
  if (missing.length === 0) return;
  console.error(
    `${what}: ${missing.map(([command]) => command).join(', ')} must be installed: apt-get install ${missing.map(([, name]) => name).join(' ')}`,
  );
  process.exit(1);
}

/** All files under native/ with that ending, but for builds. */
export function nativeFiles(ending, folder = native) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'build')
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return nativeFiles(ending, path);
      return entry.name.endsWith(ending) ? [path] : [];
    })
    .sort();
}

/** Areas whose kernels can be called without JavaScript, through a plain C++ header. */
const coreAreas = ['bits', 'binary', 'signed', 'conv', 'int8'];

/** The kernels of those areas without Node-API, and the checks of native/test that compare them with plain loops. */
export function coreSources() {
  const areas = coreAreas.map((area) => join(native, area)).filter(existsSync);
  const checks = nativeFiles('.cc', join(native, 'test')).filter((path) => /^(check|naive)/.test(basename(path)));
  const shared = ['dispatch.cc', 'thread_pool.cc'].map((name) => join(native, name));
  return [...areas.flatMap((area) => nativeFiles('.cc', area)), ...checks, ...shared].filter(
    (path) => !usesNodeApi(path),
  );
}

/** Whether a file includes node_api.h, itself or by a header of ours. */
function usesNodeApi(path) {
  const text = readFileSync(path, 'utf8');
  if (text.includes('#include <node_api.h>')) return true;
  const headers = [...text.matchAll(/^#include "(.+)"$/gm)].map(([, name]) => name);
  const files = headers.map((name) => [join(dirname(path), name), join(native, name)].find(existsSync));
  return files.some((file) => file !== undefined && usesNodeApi(file));
}

/**
 * Compiles the sources and links them into native/build/<name>/<output>; returns its path. An object file is named after the hash of all that goes into
 * it, so what has not changed is not compiled again. Ends the process when the compiler reports an error.
 */
export async function buildNative({ name, output, compiler, sources, flags, fileFlags = () => [], linkFlags = [] }) {
  const folder = join(native, 'build', name);
  mkdirSync(folder, { recursive: true });
  const common = createHash('sha256').update([compiler, ...flags].join('\0'));
  for (const path of [...nativeFiles('.h'), ...nativeFiles('.inc')]) common.update(path).update(readFileSync(path));
  const objects = sources.map((source) => {
    const hash = common
      .copy()
      .update(source)
      .update(fileFlags(source).join(' '))
      .update(readFileSync(source))
      .digest('hex')
      .slice(0, 16);
    return { source, object: join(folder, `${relative(native, source).replaceAll(/[/.]/g, '-')}-${hash}.o`) };
  });
  removeOthers(folder, new Set(objects.map(({ object }) => object)));
  const waiting = objects.filter(({ object }) => !existsSync(object));
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await run(compiler, [...flags, ...fileFlags(next.source), '-c', next.source, '-o', next.object]);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  const path = join(folder, output);
  await run(compiler, [...flags, ...objects.map(({ object }) => object), '-o', path, ...linkFlags]);
  return path;
}

function removeOthers(folder, wanted) {
  for (const file of readdirSync(folder).map((entry) => join(folder, entry))) {
    if (file.endsWith('.o') && !wanted.has(file)) rmSync(file);
  }
}

/** Compilers write an object file in place: one that was cut short must not be found by the next build. */
function run(command, args) {
  return new Promise((resolve) => {
    const output = args[args.indexOf('-o') + 1];
    const child = spawn(command, args, { stdio: 'inherit' });
    child.on('close', (status) => {
      if (status === 0) return resolve();
      rmSync(output, { force: true });
      console.error(`${command} failed on the way to ${relative(root, output)}`);
      process.exit(1);
    });
  });
}
