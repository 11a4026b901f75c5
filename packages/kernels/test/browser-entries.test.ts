import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const source = fileURLToPath(new URL('../src', import.meta.url));
const common = fileURLToPath(new URL('../../common/src', import.meta.url));

/** Everything a module imports when it is loaded, itself included; types leave nothing behind. */
function reachable(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  if (!existsSync(file)) return found;
  const imports = readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type )(?:[^;]*?from )?'([^']+)'/gm);
  for (const [, name] of imports) {
    const path = name.startsWith('.') ? join(dirname(file), name) : name.replace('@onebit/common/', `${common}/`);
    reachable(path.startsWith('/') ? path.replace(/(\.js)?$/, '.ts') : path, found);
  }
  return found;
}

// The point of these entries is the browser, where importing a module of Node fails.
test.for(['webgpu/index.ts', 'tfjs/index.ts', 'wasm/index.ts'])(
  '%s imports nothing of Node, nor the package webgpu',
  (entry) => {
    const files = [...reachable(join(source, entry))];
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((name) => name.startsWith('/') && !existsSync(name))).toEqual([]);
    const packages = files.filter((name) => !name.startsWith('/'));
    expect(packages.filter((name) => name !== '@tensorflow/tfjs-core')).toEqual([]);
  },
);
