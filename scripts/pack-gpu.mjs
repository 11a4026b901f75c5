// `npm run pack:gpu`: packs Node, Dawn and the trainer into one archive for a machine that has a Vulkan driver and nothing else.
//   node scripts/pack-gpu.mjs [FILE]      default: onebit-gpu.tar.xz in the project folder
// Unpacked anywhere, onebit-gpu/run.sh runs `onebit bench train --backend webgpu` with the arguments it is given.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { root, setup } from './setup.mjs';

/** What a lent machine takes at most. */
const maxBytes = 60 * 2 ** 20;
const platform = `${process.platform}-${process.arch}`;
/** Optional peers of the rooms that this archive is about, and the room that knows their versions. */
const peers = ['@tensorflow/tfjs-backend-webgpu', 'webgpu'];
const peersOf = join(root, 'packages/kernels');

/** Nothing that runs needs these. */
const leftOut = [/\.map$/, /\.d\.[cm]?ts$/, /\.(md|markdown|html|flow)$/i, /\.min\.js$/, /tsbuildinfo$/];
const licence = /^(licen[cs]e|notice|copying)/i;
/** Paths below a package that are of use to its authors, or to other platforms or module systems than ours. */
const unused = {
  webgpu: (path) => path.startsWith('dist/') && !path.startsWith(`dist/${platform}`),
  echarts: (path) => /^(dist|build|theme|i18n|ssr|types|extension)\b/.test(path),
  '@tensorflow/*': (path) => /^src\b|_test\.js$|^dist\/(test_|benchmarks)|^dist\/tf-[a-z-]+\.(es2017|fesm)/.test(path),
  '@onebit/*': (path) => /^(src|test)\b|\.test\.js$/.test(path) || (path.startsWith('native/') && !addOn(path)),
};

/** The built add-on, and the folders on the way to it. */
function addOn(path) {
  return /^native(\/build(\/Release(\/[^/]+\.node)?)?)?\/?$/.test(path);
}

/** Every package that `folder` needs at run time, by name, its own first; a second version of a name is an error, since all lie side by side. */
function closure(folder, found = new Map()) {
  const manifest = readManifest(folder);
  if (found.has(manifest.name)) {
    if (found.get(manifest.name) !== folder) throw new Error(`pack-gpu: two versions of ${manifest.name} are needed`);
    return found;
  }
  found.set(manifest.name, folder);
  const wanted = { ...manifest.dependencies, ...manifest.optionalDependencies };
  for (const name of Object.keys(wanted)) {
    if (/^@types\/|\/types$/.test(name)) continue;
    const dependency = locate(name, folder);
    if (dependency !== undefined) closure(dependency, found);
    else if (manifest.optionalDependencies?.[name] === undefined) throw new Error(`pack-gpu: ${name} is not installed`);
  }
  return found;
}

/** The folder of a package as `from` sees it. Not `require.resolve`: many packages hide their package.json. */
function locate(name, from) {
  for (const folder of createRequire(join(from, 'package.json')).resolve.paths(name)) {
    const path = join(folder, name);
    if (existsSync(join(path, 'package.json'))) return realpathSync(path);
  }
  return undefined;
}

function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function copyPackage(name, folder, modules) {
  const rule = unused[name] ?? unused[`${name.split('/')[0]}/*`] ?? (() => false);
  cpSync(folder, join(modules, name), {
    recursive: true,
    dereference: true,
    filter: (source) => {
      const path = relative(folder, source).split(sep).join('/');
      if (path === '') return true;
      if (path.split('/').includes('node_modules')) return false;
      if (licence.test(basename(path))) return true;
      return !leftOut.some((pattern) => pattern.test(path)) && !rule(path);
    },
  });
}

/** Node without symbols: they are a fifth of it, and nobody debugs it there. */
function copyNode(folder) {
  const node = join(folder, 'node');
  copyFileSync(process.execPath, node);
  const { error, status } = spawnSync('strip', ['--strip-unneeded', node]);
  if (error || status !== 0) console.error('pack-gpu: no `strip` here; Node is packed with its symbols');
  chmodSync(node, 0o755);
}

const launcher = `#!/bin/sh
# Training steps on the graphics card, against PyTorch on the same card where python3 has it. Arguments go to \`onebit bench train\`, such as
# --quick, --filter TEXT, --json, --out FILE, --backend native.
here=$(dirname "$(readlink -f "$0")")
case " $* " in
  *" --backend "*) ;;
  *) set -- --backend webgpu "$@" ;;
esac
exec "$here/node" "$here/node_modules/@onebit/cli/bin/onebit.mjs" bench train "$@"
`;

function pack(file) {
  setup({ install: false, quiet: true });
  const scratch = mkdtempSync(join(tmpdir(), 'onebit-pack-'));
  try {
    const folder = join(scratch, 'onebit-gpu');
    const modules = join(folder, 'node_modules');
    mkdirSync(modules, { recursive: true });
    const packages = closure(join(root, 'tools'));
    for (const name of peers) closure(locate(name, peersOf), packages);
    for (const [name, path] of packages) copyPackage(name, path, modules);
    copyNode(folder);
    writeFileSync(join(folder, 'run.sh'), launcher, { mode: 0o755 });
    mkdirSync(dirname(file), { recursive: true });
    const tar = spawnSync('tar', ['-cJf', file, 'onebit-gpu'], {
      cwd: scratch,
      env: { ...process.env, XZ_OPT: '-6 -T0' },
      encoding: 'utf8',
    });
    if (tar.error || tar.status !== 0) throw new Error(`pack-gpu: tar failed: ${tar.error?.message ?? tar.stderr}`);
    return { packages: packages.size, bytes: statSync(file).size };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const file = resolve(process.argv[2] ?? join(root, 'onebit-gpu.tar.xz'));
const { packages, bytes } = pack(file);
console.log(`${file}: ${(bytes / 2 ** 20).toFixed(1)} MiB, ${packages} packages`);
if (bytes > maxBytes) {
  console.error(`pack-gpu: the archive must be at most ${maxBytes / 2 ** 20} MiB`);
  process.exit(1);
}
