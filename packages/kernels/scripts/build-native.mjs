// Builds native/build/Release/onebit_kernels.node with node-gyp. Quiet unless it fails; does nothing when the sources have not changed.
// Exit codes: 0 built or up to date, 1 the compiler reported errors, 3 there is no compiler (onebit then runs without the add-on, slower).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const native = fileURLToPath(new URL('../native/', import.meta.url));
const addOn = join(native, 'build', 'Release', 'onebit_kernels.node');
const lock = join(native, 'build', 'lock');
const stampFile = join(native, 'build', 'stamp');

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'build' && entry.name !== 'test')
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? sources(path) : /\.(cc|h|inc|gyp)$/.test(entry.name) ? [path] : [];
    })
    .sort();
}

// Node-API is stable across Node versions, so the stamp holds only what changes the binary: sources, platform and architecture.
function stamp() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const path of sources(native))
    hash.update(path.slice(native.length)).update('\0').update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}

function fail(code, message) {
  console.error(`build-native: ${message}`);
  process.exit(code);
}

function requireTool(command, packages) {
  if (spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined) return;
  fail(
    3,
    `${command} must be installed to build the native kernels, it was not found; install ${packages} and run this again`,
  );
}

function upToDate() {
  return existsSync(addOn) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted;
}

function takeLock() {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    // A build that was killed leaves its lock behind: no build takes ten minutes.
    const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - made > 600_000) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}

const wanted = stamp();
if (upToDate()) process.exit(0);

if (process.platform !== 'win32') {
  requireTool(process.env.CXX?.split(' ')[0] ?? 'g++', 'a C++ compiler (g++ 10 or newer)');
  requireTool('make', 'make');
}
requireTool(process.env.PYTHON ?? 'python3', 'python3');

// Two builds in one folder (tests started twice) would trip over each other: the second waits, and finds its work done.
mkdirSync(join(native, 'build'), { recursive: true });
while (!takeLock()) await new Promise((resolve) => setTimeout(resolve, 200));
process.on('exit', () => rmSync(lock, { recursive: true, force: true }));
if (upToDate()) process.exit(0);

// Processes that have the old add-on loaded keep its file; written over in place, it would change under them.
for (const path of [addOn, join(dirname(addOn), 'obj.target', 'onebit_kernels.node')]) rmSync(path, { force: true });

// Headers that came with Node save a download; node-gyp fetches them otherwise.
const prefix = dirname(dirname(process.execPath));
const nodedir = existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : [];
const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
// `configure` and `build` instead of `rebuild` keep the object files that are still valid.
const args = [nodeGyp, 'configure', 'build', '--directory', native, '--jobs', '2', '--loglevel', 'warn', ...nodedir];
const result = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
rmSync(lock, { recursive: true, force: true });
if (result.status !== 0 || !existsSync(addOn)) {
  console.error(`${result.stdout ?? ''}${result.stderr ?? ''}`);
  fail(1, 'node-gyp failed; its output is above');
}
const warnings = result.stderr.split('\n').filter((line) => /warning:/.test(line));
if (warnings.length > 0) console.error(warnings.join('\n'));
writeFileSync(stampFile, wanted);
