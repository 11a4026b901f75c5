// Finds (or fetches) a software Vulkan driver, so that the WebGPU kernels can be tested on machines without a graphics card.
//   node scripts/software-vulkan.mjs      prints NAME=value lines for the environment of the tests; exit code 3 if there is none
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = fileURLToPath(new URL('../node_modules/.cache/onebit/vulkan', import.meta.url));
/** Where Debian's chromium-common puts SwiftShader and a Vulkan loader, and what they are called. */
const chromium = '/usr/lib/chromium';
const driver = 'vk_swiftshader_icd.json';
const files = [driver, 'libvk_swiftshader.so', 'libvulkan.so.1'];

/**
 * The environment variables that let a process find a software driver: `VK_DRIVER_FILES`, `XDG_RUNTIME_DIR`, and `LD_LIBRARY_PATH` where the system has
 * no Vulkan loader. Downloads Debian's chromium-common (about 32 MB, nothing is installed) when `download` is set and nothing else is found.
 * @returns {{ env: Record<string, string> } | { missing: string }}
 */
export function softwareVulkan({ download = true } = {}) {
  if (process.platform !== 'linux') return { missing: 'software Vulkan is only known on Linux' };
  // The Vulkan loader wants a folder here, and complains about every device where it has none.
  const common = { XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? tmpdir() };
  const named = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES;
  if (named) return { env: { ...common, VK_DRIVER_FILES: named } };
  if (!files.every((name) => existsSync(join(cache, name)))) {
    const failure = fillCache(download);
    if (failure !== undefined) return { missing: failure };
  }
  const env = { ...common, VK_DRIVER_FILES: join(cache, driver) };
  if (!hasSystemLoader()) env.LD_LIBRARY_PATH = [cache, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return { env };
}

function hasSystemLoader() {
  const known = spawnSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' });
  return (known.stdout ?? '').includes('libvulkan.so.1 ');
}

/** Links to an installed Chromium, or the three files out of Debian's package. Returns what went wrong, if anything did. */
function fillCache(download) {
  mkdirSync(cache, { recursive: true });
  // Next to the cache and moved there when complete: two processes may do this at once.
  const scratch = mkdtempSync(`${cache}-`);
  try {
    const failure = gather(scratch, download);
    if (failure !== undefined) return failure;
    for (const name of files) renameSync(join(scratch, name), join(cache, name));
    return undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function gather(folder, download) {
  if (files.every((name) => existsSync(join(chromium, name)))) {
    for (const name of files) symlinkSync(join(chromium, name), join(folder, name));
    return undefined;
  }
  if (!download) return 'no software Vulkan driver is installed (Debian: apt-get install chromium-common)';
  console.error('onebit: fetching a software Vulkan driver for the WebGPU tests (chromium-common, about 32 MB)');
  return fetchPackage(folder);
}

function fetchPackage(folder) {
  const quick = ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=20', '-o', 'Acquire::https::Timeout=20'];
  const download = () => run('apt-get', [...quick, 'download', 'chromium-common'], folder);
  let failure = download();
  // A fresh system has no package lists yet, or old ones; only root may fetch them.
  if (failure !== undefined && process.getuid() === 0) {
    failure = run('apt-get', [...quick, 'update', '--quiet'], folder) ?? download();
  }
  if (failure !== undefined) return `the package chromium-common could not be downloaded: ${failure}`;
  const archive = readdirSync(folder).find((name) => name.endsWith('.deb'));
  const paths = files.map((name) => `.${chromium}/${name}`).join(' ');
  const depth = chromium.split('/').length;
  failure = run(
    'sh',
    ['-c', `dpkg-deb --fsys-tarfile '${archive}' | tar -x --strip-components=${depth} ${paths}`],
    folder,
  );
  return failure === undefined ? undefined : `the package chromium-common could not be unpacked: ${failure}`;
}

/** Returns the last line of the error output when the command failed. */
function run(command, args, cwd) {
  const { status, error, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 300_000 });
  if (status === 0) return undefined;
  return error?.message ?? (stderr.trim().split('\n').at(-1) || `exit code ${status}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = softwareVulkan();
  if ('missing' in found) {
    console.error(`software Vulkan: ${found.missing}`);
    process.exit(3);
  }
  for (const [name, value] of Object.entries(found.env)) console.log(`${name}=${value}`);
}
