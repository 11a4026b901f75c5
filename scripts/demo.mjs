// `npm run demo`: set up, then hand over to `onebit demo`. Arguments are passed on: `npm run demo -- --short`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root, setup } from './setup.mjs';

setup();
const result = spawnSync(process.execPath, [join(root, 'tools/bin/onebit.mjs'), 'demo', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(result.status ?? 2);
