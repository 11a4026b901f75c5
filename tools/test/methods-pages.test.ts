import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { selectBackend } from '@onebit/tfjs-backend-native';
import { expect, test } from 'vitest';
import { methodPages } from '../src/methods/pages.js';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
/** The formatter of the repository widens columns. */
const squeezed = (text: string) => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---');

test('the committed pages are those that `npm run docs:methods` makes', async () => {
  await selectBackend('cpu');
  const pages = await methodPages(docs);
  const committed = readdirSync(`${docs}methods`).map((name) => `methods/${name}`);
  expect(committed.sort()).toEqual([...pages.keys()].filter((path) => path !== 'methods.md').sort());
  for (const [path, text] of pages) expect(squeezed(readFileSync(docs + path, 'utf8')), path).toBe(squeezed(text));
});
