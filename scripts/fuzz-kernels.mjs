// `npm run fuzz:kernels`: libFuzzer draws shapes, options and contents for the C++ kernels of every kernel set; AddressSanitizer and
// UndefinedBehaviorSanitizer watch, plain loops tell what is right. [seconds], 60 unless told.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildNative, coreSources, cxxFlags, native, requireCommands } from './native-build.mjs';

/** Fewer would say little. */
const leastExecutions = 100_000;
const seconds = Number(process.argv[2] ?? 60);

requireCommands('fuzz:kernels', { 'clang++-14': 'clang-14 libclang-rt-14-dev' });
// clang does not know the pragmas by which g++ switches instruction sets, so each file gets them as flags.
const instructions = {
  avx2: ['avx2', 'fma', 'popcnt', 'bmi', 'bmi2'],
  avx512: [
    'avx512f',
    'avx512bw',
    'avx512vl',
    'avx512dq',
    'avx512vpopcntdq',
    'avx512vbmi',
    'avx512vnni',
    'avx512bf16',
    'fma',
    'popcnt',
    'bmi',
    'bmi2',
  ],
};
const fuzzer = await buildNative({
  name: 'fuzz',
  output: 'fuzz',
  compiler: 'clang++-14',
  sources: [...coreSources(), join(native, 'test/fuzz.cc')],
  flags: [
    ...cxxFlags,
    '-O1',
    '-g',
    '-fsanitize=fuzzer,address,undefined',
    '-fno-sanitize-recover=all',
    '-DONEBIT_ASAN',
    '-Wno-unknown-pragmas',
    '-Wno-unused-function',
  ],
  fileFlags: (source) => {
    // The plain loops need no watching, and would take most of the time.
    if (basename(source) === 'naive.cc') return ['-O2', '-fno-sanitize=all'];
    const set = Object.keys(instructions).find((name) => basename(source).includes(name));
    return set === undefined ? [] : instructions[set].map((name) => `-m${name}`);
  },
  linkFlags: ['-pthread'],
});
const corpus = join(native, 'build/fuzz/corpus');
mkdirSync(corpus, { recursive: true });
/** A busy machine may need more than one stretch. */
const mostStretches = 5;

let executions = 0;
let failed = false;
for (
  let stretch = 0;
  stretch < mostStretches && !failed && (stretch === 0 || executions < leastExecutions);
  stretch++
) {
  const { status, stderr } = spawnSync(
    fuzzer,
    [
      corpus,
      `-max_total_time=${seconds}`,
      '-max_len=64',
      '-len_control=0',
      '-print_final_stats=1',
      `-artifact_prefix=${join(native, 'build/fuzz/')}`,
    ],
    { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'inherit', 'pipe'] },
  );
  executions += Number(/stat::number_of_executed_units:\s*(\d+)/.exec(stderr)?.[1] ?? 0);
  failed = status !== 0;
  if (failed) console.error(stderr.split('\n').slice(-60).join('\n'));
}
const enough = executions >= leastExecutions;
if (!enough) console.error(`fuzz:kernels: ${leastExecutions} executions are the least`);
console.log(`fuzz:kernels: ${executions} executions, ${failed ? 1 : 0} findings`);
process.exit(!failed && enough ? 0 : 1);
