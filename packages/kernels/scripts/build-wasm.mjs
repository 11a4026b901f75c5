// Builds the modules wasm/*.wasm and wasm/manifest.json, which are checked in. The same compiler gives the same bytes.
//   --check     builds too, but only compares with what is there
//   --manifest  compares hashes, without a compiler: tells whether the modules were built from the sources at hand
// Exit codes: 0 built, or equal; 1 the compiler reported errors, or something differs; 3 there is no compiler.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../wasm/', import.meta.url));
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
// The same kernels twice: a module of shared memory cannot run where the host does not share memory, nor the other one share it.
const modules = {
  'onebit_kernels.wasm': { compile: [], link: [] },
  'onebit_kernels_threads.wasm': {
    compile: ['-matomics', '-mmutable-globals'],
    link: ['--shared-memory', '--max-memory=4294967296', '--export=__stack_pointer'], // each thread has a stack of its own
  },
};

function fail(code, message) {
  console.error(`build-wasm: ${message}`);
  process.exit(code);
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const sources = readdirSync(folder)
  .filter((name) => /\.(cc|h)$/.test(name))
  .sort();

/** Hashes of the sources with all flags, and of the modules. */
function describe(binaries) {
  const texts = sources.map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
  const hashes = Object.keys(modules).map((name) => [name, sha256(binaries[name])]);
  return { sources: sha256(JSON.stringify([compiler, linker, modules, texts])), ...Object.fromEntries(hashes) };
}

function run({ command, flags }, args) {
  const { error, status, stderr } = spawnSync(command, [...flags, ...args], { cwd: folder, encoding: 'utf8' });
  if (error !== undefined) {
    fail(3, `${command} must be installed, it was not found; on Debian 12: apt-get install clang-14 lld-14`);
  }
  if (stderr !== '') console.error(stderr);
  if (status !== 0) fail(1, `${command} failed; its output is above`);
}

function build(name, { compile, link }) {
  const temporary = mkdtempSync(join(tmpdir(), 'onebit-wasm-'));
  process.on('exit', () => rmSync(temporary, { recursive: true, force: true }));
  const objects = sources
    .filter((source) => source.endsWith('.cc'))
    .map((source) => {
      const object = join(temporary, `${source}.o`);
      run(compiler, [...compile, '-c', source, '-o', object]);
      return object;
    });
  const output = join(temporary, name);
  run(linker, [...link, '-o', output, ...objects]);
  return readFileSync(output);
}

function forEachModule(make) {
  return Object.fromEntries(Object.entries(modules).map(([name, flags]) => [name, make(name, flags)]));
}

function compare(binaries) {
  const expected = describe(binaries);
  const found = JSON.parse(readFileSync(manifestFile, 'utf8'));
  for (const [key, hash] of Object.entries(expected)) {
    if (found[key] !== hash)
      fail(1, `${key} must have the hash of manifest.json, ${found[key]}, got ${hash}; build again`);
  }
}

if (!process.argv.includes('--manifest')) {
  const built = forEachModule(build);
  if (process.argv.includes('--check')) {
    compare(built);
  } else {
    for (const [name, bytes] of Object.entries(built)) writeFileSync(join(folder, name), bytes);
    writeFileSync(manifestFile, `${JSON.stringify(describe(built), null, 2)}\n`);
  }
}
compare(forEachModule((name) => readFileSync(join(folder, name))));
