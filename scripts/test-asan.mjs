// `npm run test:asan`: the tests of the native kernels, on every kernel set, and those of the back end over them, against an add-on built with AddressSanitizer and UndefinedBehaviorSanitizer.
// Node keeps the memory of typed arrays in blocks from malloc, so an access one element outside of an array of JavaScript is found, too.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { buildNative, cxxFlags, native, nativeFiles, requireCommands } from './native-build.mjs';
import { root, setup } from './setup.mjs';
import { runVitest } from './vitest.mjs';

requireCommands('test:asan', { 'g++': 'g++' });
setup();
const addOn = await buildNative({
  name: 'asan',
  output: 'onebit_kernels.node',
  compiler: 'g++',
  sources: nativeFiles('.cc').filter((path) => !path.startsWith(join(native, 'test'))),
  flags: [
    ...cxxFlags,
    '-O1',
    '-g',
    '-fPIC',
    '-fno-omit-frame-pointer',
    '-fsanitize=address,undefined',
    '-fno-sanitize-recover=all',
    // g++ 12 reports uninitialised values inside its own AVX-512 headers.
    '-Wno-maybe-uninitialized',
    '-Wno-uninitialized',
    '-Wno-ignored-attributes',
    '-DNAPI_VERSION=8',
    '-DNODE_GYP_MODULE_NAME=onebit_kernels',
    `-I${nodeHeaders()}`,
  ],
  linkFlags: ['-shared', '-pthread', '-Wl,-z,nodelete'],
});

// Names of files on the command line choose among the suites.
const chosen = process.argv.slice(2);
const all = [
  ...kernelSuites(join(root, 'packages/kernels')),
  ...backendSuites(join(root, 'packages/tfjs-backend-native')),
];
const suites = all.filter((path) => chosen.length === 0 || chosen.some((name) => path.includes(name)));
const { passed, failed } = runVitest(suites, {
  ...process.env,
  ONEBIT_NATIVE_PATH: addOn,
  ONEBIT_REQUIRE: 'native',
  LD_PRELOAD: gccFile('libasan.so'),
  // Node frees next to nothing at exit; a request for too much memory must fail as it does without sanitizers.
  ASAN_OPTIONS: 'detect_leaks=0:halt_on_error=1:allocator_may_return_null=1',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
});
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

/** Test files that run on every kernel set: those are the tests of the native kernels. */
function kernelSuites(folder) {
  return testFiles(folder, /eachKernelSet\(|withEverySet\(|compareWithReference\(/);
}

/** Test files of the back end that call the add-on. Here arrays come from the arena and are recycled, which the tests of the kernels do not do. */
function backendSuites(folder) {
  return testFiles(folder, /nativeAvailable\(/);
}

function testFiles(folder, pattern) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
    .map((name) => join(folder, name))
    .filter((path) => pattern.test(readFileSync(path, 'utf8')))
    .map((path) => relative(root, path));
}

/** Where node_api.h is: beside this Node, or where node-gyp put it when it built the add-on. */
function nodeHeaders() {
  const makefile = join(native, 'build', 'Makefile');
  const nodedir = existsSync(makefile)
    ? /-Dnode_root_dir=(\S+?)"/.exec(readFileSync(makefile, 'utf8'))?.[1]
    : undefined;
  const folders = [dirname(dirname(process.execPath)), nodedir].filter((folder) => folder !== undefined);
  const found = folders
    .map((folder) => join(folder, 'include', 'node'))
    .find((path) => existsSync(join(path, 'node_api.h')));
  if (found !== undefined) return found;
  console.error(
    `test:asan: node_api.h must be in ${folders.join(' or ')}/include/node; build the add-on first (npm run build)`,
  );
  process.exit(1);
}

function gccFile(name) {
  return spawnSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout.trim();
}
