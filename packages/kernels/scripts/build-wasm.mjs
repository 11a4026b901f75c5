// Builds wasm/onebit_kernels.wasm and wasm/manifest.json, which are checked in. The same compiler gives the same bytes; `--check` only compares.
// Exit codes: 0 built, or equal; 1 the compiler reported errors or the bytes differ; 3 there is no compiler.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiler, sha256, sourceNames, sourcesHash } from './wasm-sources.mjs';

const folder = fileURLToPath(new URL('../wasm/', import.meta.url));
const target = join(folder, 'onebit_kernels.wasm');
const manifest = join(folder, 'manifest.json');

function fail(code, message) {
  console.error(`build-wasm: ${message}`);
  process.exit(code);
}

function run(command, args) {
  const { error, status, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  if (error !== undefined) {
    fail(3, `${command} must be installed, it was not found; on Debian 12: apt-get install clang-14 lld-14`);
  }
  if (stderr !== '') console.error(stderr);
  if (status !== 0) fail(1, `${command} failed; its output is above`);
}

function build(temporary) {
  const objects = sourceNames(folder)
    .filter((name) => name.endsWith('.cc'))
    .map((name) => {
      const object = join(temporary, `${name}.o`);
      run(compiler.command, [...compiler.flags, '-c', name, '-o', object]);
      return object;
    });
  const output = join(temporary, 'onebit_kernels.wasm');
  run(compiler.linker, [...compiler.linkerFlags, '-o', output, ...objects]);
  return readFileSync(output);
}

const temporary = mkdtempSync(join(tmpdir(), 'onebit-wasm-'));
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }));
const bytes = build(temporary);
const description = { sources: sourcesHash(folder), binary: sha256(bytes), bytes: bytes.length };
if (process.argv.includes('--check')) {
  if (!readFileSync(target).equals(bytes)) fail(1, 'onebit_kernels.wasm is not what the sources give');
  if (JSON.parse(readFileSync(manifest, 'utf8')).sources !== description.sources)
    fail(1, 'manifest.json is not that of the sources');
} else {
  writeFileSync(target, bytes);
  writeFileSync(manifest, `${JSON.stringify(description, null, 2)}\n`);
}
