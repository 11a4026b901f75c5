// `npm test`, `npm run test:golden`, `npm run test:data`, `npm run test:growth`: set up, run Vitest, end with one plain line that counts.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { root, setup } from './setup.mjs';
import { softwareVulkan } from './software-vulkan.mjs';
import { runVitest } from './vitest.mjs';

const golden = process.argv.includes('--golden');
const data = process.argv.includes('--data');
const growth = process.argv.includes('--growth');
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

const { native } = setup();
const scratch = mkdtempSync(join(tmpdir(), 'onebit-test-'));
const log = join(scratch, 'golden.jsonl');
writeFileSync(log, '');

const selection = golden
  ? ['.golden.test.ts']
  : data
    ? ['.data.test.ts']
    : growth
      ? ['tools/test/growth.test.ts']
      : filters;
const env = { ...process.env, ONEBIT_GOLDEN_LOG: log };
if (growth) env.ONEBIT_GROWTH_STEPS ??= '10000';
if (data) env.ONEBIT_DATASETS ??= join(root, '../shared/datasets');
// Where the add-on was built, or a GPU adapter found, a suite that cannot open it must fail, not skip.
const vulkan = golden || data ? { missing: 'not looked for' } : softwareVulkan();
const gpu = !('missing' in vulkan);
if (gpu) Object.assign(env, vulkan.env);
else if (!golden && !data) console.error(`onebit: the WebGPU tests have no software driver: ${vulkan.missing}`);
env.ONEBIT_REQUIRE ||= ['wasm', ...(native ? ['native'] : []), ...(gpu || env.CI === 'true' ? ['webgpu'] : [])].join(
  ',',
);
if (data && !existsSync(env.ONEBIT_DATASETS ?? join(root, '../shared/datasets'))) {
  console.error('test:data: no data sets: set ONEBIT_DATASETS to the folder that holds them');
  process.exit(1);
}
const { passed, skipped, failed: broken } = runVitest(selection, env);
// Only a run of everything can tell what was left out.
const compared = golden || selection.length === 0 ? goldenSummary() : { faults: 0 };
rmSync(scratch, { recursive: true, force: true });
const failed = broken + compared.faults || (passed === 0 ? 1 : 0);
const counts = `${passed} passed, ${failed} failed${skipped > 0 && !golden ? `, ${skipped} skipped` : ''}`;
// Each mode keeps its own last line: programs read it.
const lines = golden ? [counts, compared.line] : [compared.line, counts];
for (const line of lines) if (line !== undefined) console.log(line);
process.exit(failed === 0 ? 0 : 1);

/** Every file of a known kind must have been compared, and at least one file at all. Prints the faults and counts them. */
function goldenSummary() {
  const folder = env.ONEBIT_GOLDEN ? resolve(env.ONEBIT_GOLDEN) : join(root, 'test/golden');
  const { kinds } = JSON.parse(readFileSync(join(root, 'test/golden-kinds.json'), 'utf8'));
  const patterns = Object.keys(kinds).map((pattern) => new RegExp(`^${pattern}$`));
  const counts = new Map();
  for (const line of readFileSync(log, 'utf8').split('\n').filter(Boolean)) {
    const { kind, tensors } = JSON.parse(line);
    counts.set(kind, Math.max(counts.get(kind) ?? 0, tensors));
  }
  const known = files(folder).filter((path) => patterns.some((pattern) => pattern.test(path)));
  const missed = known.filter((path) => !counts.has(path));
  for (const path of missed) console.error(`golden: ${path}: its kind is known, but it was not compared`);
  if (counts.size === 0) console.error(`golden: nothing was compared in ${folder}`);
  const tensors = [...counts.values()].reduce((sum, n) => sum + n, 0);
  return {
    line: `golden: ${counts.size} files, ${tensors} tensors compared`,
    faults: missed.length + (counts.size === 0 ? 1 : 0),
  };
}

function files(folder, top = folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path, top) : [relative(top, path).replaceAll('\\', '/')];
  });
}
