// Makes a fresh clone ready: packages, TypeScript, the native add-on. Does only what is not done yet, so every other script calls it first.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = join(root, 'node_modules', '.onebit-installed');
/** Exit code of packages/kernels/scripts/build-native.mjs that means: there is no C++ compiler here. */
const noCompiler = 3;

export function setup({ install = true, quiet = false } = {}) {
  const say = (text) => quiet || process.stderr.write(`${text}\n`);
  requireNode();
  if (install) installPackages(say);
  const started = Date.now();
  step('type check and build', [process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-b']);
  const status = step(
    'build the native add-on',
    [process.execPath, join(root, 'packages/kernels/scripts/build-native.mjs')],
    [noCompiler],
  );
  if (status === noCompiler) {
    say(
      'onebit: no native add-on: everything works through WebAssembly, many times slower. Install g++, make and python3 to change that.',
    );
  }
  say(`onebit: built in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return { native: status === 0 };
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 9)) return;
  process.stderr.write(`onebit: Node 20.9 or newer is needed, this is ${process.version}\n`);
  process.exit(1);
}

function installPackages(say) {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const inputs = [
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    'package.json',
    'packages/*/package.json',
    'datasets/package.json',
    'datasets/*/package.json',
    'eval/package.json',
    'tools/package.json',
  ];
  const hash = createHash('sha256');
  for (const path of inputs.flatMap(expand).sort()) hash.update(path).update(readFileSync(join(root, path)));
  const fingerprint = hash.digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprint) return;
  const started = Date.now();
  say('onebit: installing packages');
  // npx brings the very pnpm that the lock file was made with; nothing has to be installed by hand.
  step('install packages', [
    'npx',
    '--yes',
    manifest.packageManager,
    'install',
    '--frozen-lockfile',
    '--prefer-offline',
  ]);
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  writeFileSync(stampFile, fingerprint);
  say(`onebit: packages installed in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** `folder/*` + `/package.json` without a glob library (fs.globSync came with Node 22). */
function expand(pattern) {
  const star = pattern.indexOf('*');
  if (star < 0) return [pattern];
  const folder = pattern.slice(0, star);
  const rest = pattern.slice(star + 1);
  return readdirSync(join(root, folder))
    .map((name) => `${folder}${name}${rest}`)
    .filter((path) => existsSync(join(root, path)));
}

function step(what, [command, ...args], allowed = []) {
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32' && command === 'npx',
  });
  if (result.status === 0 || allowed.includes(result.status)) return result.status;
  process.stderr.write(
    `${result.stdout ?? ''}${result.stderr ?? ''}\nonebit: could not ${what} (${result.error?.message ?? `exit code ${result.status}`})\n`,
  );
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setup({ install: !process.argv.includes('--no-install') });
