// `prepack` of the packages that stand alone on npm: what is packed is what the sources say now, in the package and in those it bundles.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const { bundleDependencies = [] } = JSON.parse(readFileSync('package.json', 'utf8'));
for (const folder of ['.', ...bundleDependencies.map((name) => realpathSync(join('node_modules', name)))])
  prune(folder);
const { status } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b'], {
  stdio: 'inherit',
});
process.exit(status ?? 1);

/** TypeScript leaves behind what it once made from a source that is gone. */
function prune(folder) {
  const dist = join(folder, 'dist');
  if (!existsSync(dist)) return;
  for (const name of readdirSync(dist, { recursive: true })) {
    const output = /^(.*?)(\.d\.ts|\.js)(\.map)?$/.exec(name);
    if (output !== null && !existsSync(join(folder, 'src', `${output[1]}.ts`))) rmSync(join(dist, name));
  }
}
