import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// The packages that other projects install for their own sake. Each is packed, installed alone in an empty folder outside of this checkout, and the first
// example of its README is type checked and run there.

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'onebit-packages-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly bundleDependencies?: readonly string[];
}

describe.each(['datasets/cocoapi-js', 'datasets/pascal-voc-parser', 'eval'])(
  '%s, packed and installed in an empty folder',
  (folder) => {
    const { name } = manifestOf(join(root, folder));
    let consumer = '';
    let installed = '';
    beforeAll(() => {
      consumer = install(join(root, folder));
      installed = join(consumer, 'node_modules', name);
    });

    test('holds what its users need and nothing else', () => {
      const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
      expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/index.js']));
      expect(files.filter((path) => /\.test\.|tsbuildinfo/.test(path))).toEqual([]);
      for (const path of files.filter((path) => /(^|\/)package\.json$/.test(path))) {
        // npm knows neither.
        expect(readFileSync(join(installed, path), 'utf8')).not.toMatch(/workspace:|catalog:/);
      }
      // What TypeScript once made of a source that is gone would be packed with the rest.
      for (const path of files.filter((path) => /(^|\/)dist\/.*\.js$/.test(path))) {
        expect(files).toContain(path.replace(/(^|\/)dist\//, '$1src/').replace(/\.js$/, '.ts'));
      }
    });

    test('runs the first example of its README, types checked under both ways of resolving', () => {
      const example = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(installed, 'README.md'), 'utf8'));
      expect(example).not.toBeNull();
      writeFileSync(join(consumer, 'example.ts'), example![1]);
      compile(consumer, ['--module', 'preserve', '--moduleResolution', 'bundler', '--noEmit']);
      compile(consumer, ['--module', 'nodenext']);
      run(consumer, process.execPath, ['example.js']);
    });
  },
);

test('cocoapi-js asks nothing of Node when it is imported: browsers have none', () => {
  const folder = join(root, 'datasets/cocoapi-js/src');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /(?<!\.test)\.ts$/.test(path),
  );
  expect(sources).toContain('index.ts');
  const asking = (path: string) => /^(import|export) .*'node:/m.test(readFileSync(join(folder, path), 'utf8'));
  expect(sources.filter(asking)).toEqual([]);
});

/** Packs a package as `npm publish` would, and installs it without a registry; returns the folder it was installed in. */
function install(folder: string): string {
  const consumer = mkdtempSync(join(scratch, 'consumer-'));
  const tarballs = mkdtempSync(join(scratch, 'tarballs-'));
  run(folder, 'npm', ['pack', '--pack-destination', tarballs]);
  const dependencies = [...closure(folder)];
  if (dependencies.length > 0) {
    run(consumer, 'npm', ['pack', '--ignore-scripts', '--pack-destination', tarballs, ...dependencies]);
  }
  writeFileSync(join(consumer, 'package.json'), '{ "private": true, "type": "module" }');
  const files = readdirSync(tarballs).map((name) => join(tarballs, name));
  run(consumer, 'npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', ...files]);
  return consumer;
}

/** Folders of the packages that npm would fetch from the registry along with this one. */
function closure(folder: string, found = new Set<string>()): Set<string> {
  const { dependencies = {}, bundleDependencies = [] } = manifestOf(folder);
  for (const name of Object.keys(dependencies).filter((name) => !bundleDependencies.includes(name))) {
    const paths = createRequire(join(folder, 'package.json')).resolve.paths(name) ?? [];
    const path = paths.map((path) => join(path, name)).find((path) => existsSync(join(path, 'package.json')));
    if (path === undefined) throw new Error(`${name}, which ${folder} needs, is not installed`);
    const real = realpathSync(path);
    if (!found.has(real)) closure(real, found.add(real));
  }
  return found;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

function compile(folder: string, options: readonly string[]): void {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
  run(folder, process.execPath, [compiler, 'example.ts', '--strict', '--target', 'es2023', ...types, ...options]);
}

function run(cwd: string, command: string, args: readonly string[]): void {
  try {
    execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe', shell: process.platform === 'win32' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`, { cause: error });
  }
}
