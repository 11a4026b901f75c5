import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Method, methods } from '@onebit/nn';
import { describe, expect, test } from 'vitest';
import kindsFile from '../../test/golden-kinds.json' with { type: 'json' };
import type { MethodFacts } from '../src/methods/facts.js';
import { runMain } from './support/in-process.js';

const inProject = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const all = Object.values<Method>(methods);

/** Whether vectors of this name are there; `*` in it stands for any number of letters. */
function present(vectors: string): boolean {
  const [folder, name] = [dirname(vectors), basename(vectors)];
  const pattern = new RegExp(`^${name.replaceAll('.', '\\.').replace('*', '.*')}$`);
  return readdirSync(inProject(`test/golden/${folder}`)).some((file) => pattern.test(file));
}

describe('every method is compared with the original', () => {
  test.each(all.map(({ name, golden, test: file }) => [name, golden, file] as const))('%s', (_, golden, file) => {
    expect(golden.length).toBeGreaterThan(0);
    expect(existsSync(inProject(file)), file).toBe(true);
    const text = readFileSync(inProject(file), 'utf8');
    for (const vectors of golden) {
      expect(present(vectors), vectors).toBe(true);
      const sample = vectors.replace('*', 'x');
      const kind = Object.keys(kindsFile.kinds).find((pattern) => new RegExp(`^${pattern}$`).test(sample));
      expect(kind, `${vectors} in test/golden-kinds.json`).toBeDefined();
    }
    // A method may be spread over several files, of which other tests compare some.
    expect(
      golden.map((vectors) => basename(vectors, extname(vectors))).filter((name) => text.includes(name)),
    ).not.toEqual([]);
  });
});

describe('onebit methods', () => {
  test('the list as JSON names citation, golden files and test of each', async () => {
    const { stdout, code } = await runMain(['methods', '--json']);
    expect(code).toBe(0);
    const listed = JSON.parse(stdout) as MethodFacts[];
    expect(listed.map(({ name }) => name)).toEqual(Object.keys(methods));
    for (const { name, citation, golden, test: file, options } of listed) {
      expect(citation.authors.length, name).toBeGreaterThan(0);
      expect([golden, file]).toEqual([methods[name as 'bnn'].golden, methods[name as 'bnn'].test]);
      expect(Object.keys(options)).toContain('padValue');
    }
  });

  test('one method in full, an unknown one with what is known', async () => {
    const { stdout } = await runMain(['methods', 'bireal']);
    for (const text of [
      methods.bireal.text.forward,
      methods.bireal.citation.title,
      methods.bireal.test,
      'weightScale',
    ]) {
      expect(stdout).toContain(text);
    }
    const { stderr, code } = await runMain(['methods', 'birael']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('Did you mean "bireal"')]);
  });
});
