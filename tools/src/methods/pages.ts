import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { methods } from '@onebit/nn';
import type { MethodsDocument } from '../bench/methods/index.js';
import { imagenetCost } from './costs.js';
import { factsOf } from './facts.js';
import { overviewPage } from './overview.js';
import { methodPage } from './page.js';

/** Every page about methods by its path from `docs`, made of the table and, where it stands in `docs`, of what `onebit bench methods` measured. */
export async function methodPages(docs: string): Promise<Map<string, string>> {
  const measured = await readMeasured(join(docs, 'results/methods.json'));
  const all = Object.values(methods).map(factsOf);
  const floatCost = await imagenetCost('float');
  const pages = new Map([['methods.md', overviewPage(all, measured)]]);
  for (const facts of all) {
    const cost = await imagenetCost(facts.name);
    pages.set(`methods/${facts.name}.md`, methodPage({ facts, cost, floatCost, measured }));
  }
  return pages;
}

async function readMeasured(file: string): Promise<MethodsDocument | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text) as MethodsDocument);
}
