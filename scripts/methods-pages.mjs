// `npm run docs:methods`: set up, then write docs/methods.md and docs/methods/*.md from the table of methods and from docs/results/methods.json.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, setup } from './setup.mjs';

setup();
const { methodPages } = await import('../tools/dist/methods/pages.js');
const { selectBackend } = await import('../packages/tfjs-backend-native/dist/index.js');
await selectBackend('cpu'); // costs are counted, nothing is computed
const docs = join(root, 'docs');
const pages = await methodPages(docs);
for (const [path, text] of pages) {
  mkdirSync(dirname(join(docs, path)), { recursive: true });
  writeFileSync(join(docs, path), text);
}
console.log(`docs: ${pages.size} pages about methods`);
