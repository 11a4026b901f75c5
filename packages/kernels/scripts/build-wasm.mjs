// Builds wasm/onebit_kernels.wasm and wasm/manifest.json, which are checked in. The same compiler gives the same bytes.
//   --check     builds too, but only compares with what is there
//   --manifest  compares hashes, without a compiler: tells whether the module was built from the sources at hand
// Exit codes: 0 built, or equal; 1 the compiler reported errors, or something differs; 3 there is no compiler.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../wasm/', import.meta.url));
const moduleFile = join(folder, 'onebit_kernels.wasm');
const manifestFile = join(folder, 'manifest.json');

// Debian 12's compiler, named with its version because another one gives other bytes.
const compiler = {
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
    '-ffp-contract=off', // each product and each sum rounds by itself, as the output transform wants it
    '-Wall',
    '-Wextra',
    '-Werror',
  ],
};
const linker = {
  command: 'wasm-ld-14',
  flags: [
    '--no-entry',
    '--strip-all',
    '--import-memory',
    '--export=__heap_base',
    '--stack-first', // running over the end of the stack is then a trap and not a change of other data
    '-z',
    'stack-size=65536',
  ],
};

function fail(code, message) {
  console.error(`build-wasm: ${message}`);
  process.exit(code);
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const sources = readdirSync(folder)
  .filter((name) => /\.(cc|h)$/.test(name))
  .sort();

function describe(bytes) {
  const texts = sources.map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
  return { sources: sha256(JSON.stringify([compiler, linker, texts])), binary: sha256(bytes), bytes: bytes.length };
}

function run({ command, flags }, args) {
  const { error, status, stderr } = spawnSync(command, [...flags, ...args], { cwd: folder, encoding: 'utf8' });
  if (error !== undefined) {
    fail(3, `${command} must be installed, it was not found; on Debian 12: apt-get install clang-14 lld-14`);
  }
  if (stderr !== '') console.error(stderr);
  if (status !== 0) fail(1, `${command} failed; its output is above`);
}

function build() {
  const temporary = mkdtempSync(join(tmpdir(), 'onebit-wasm-'));
  process.on('exit', () => rmSync(temporary, { recursive: true, force: true }));
  const objects = sources
    .filter((name) => name.endsWith('.cc'))
    .map((name) => {
      const object = join(temporary, `${name}.o`);
      run(compiler, ['-c', name, '-o', object]);
      return object;
    });
  const output = join(temporary, 'onebit_kernels.wasm');
  run(linker, ['-o', output, ...objects]);
  return readFileSync(output);
}

function compare(bytes) {
  const expected = describe(bytes);
  const found = JSON.parse(readFileSync(manifestFile, 'utf8'));
  for (const key of ['sources', 'binary']) {
    if (found[key] === expected[key]) continue;
    fail(1, `the ${key} must have the hash of manifest.json, ${found[key]}, got ${expected[key]}; build again`);
  }
}

if (process.argv.includes('--manifest')) {
  compare(readFileSync(moduleFile));
} else {
  const bytes = build();
  if (process.argv.includes('--check')) {
    compare(bytes);
    if (!readFileSync(moduleFile).equals(bytes))
      fail(1, 'onebit_kernels.wasm must be what the sources give; build again');
  } else {
    writeFileSync(moduleFile, bytes);
    writeFileSync(manifestFile, `${JSON.stringify(describe(bytes), null, 2)}\n`);
  }
}
