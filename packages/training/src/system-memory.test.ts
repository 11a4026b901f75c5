import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { systemMemory } from './system-memory.js';

const roots: string[] = [];
afterEach(() => Promise.all(roots.splice(0).map((root) => rm(root, { recursive: true }))));

/** A file system with these files. */
async function rootOf(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'onebit-system-'));
  roots.push(root);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

const machine = {
  'proc/meminfo': 'MemTotal:       8000 kB\nMemFree:         100 kB\nMemAvailable:   4000 kB\n',
  'sys/kernel/mm/transparent_hugepage/enabled': 'always [madvise] never\n',
};

describe('systemMemory', () => {
  test('what the machine could free counts, not only what is free', async () => {
    expect(systemMemory(await rootOf(machine))).toEqual({
      ...{ free: 4000 * 1024, limit: 8000 * 1024 },
      ...{ bound: 'machine', largePages: true },
    });
  });

  test('the limit of a control group, or of one around it, without what only caches files', async () => {
    const root = await rootOf({
      ...machine,
      'proc/self/cgroup': '0::/jobs/mine\n',
      'sys/fs/cgroup/jobs/mine/memory.max': 'max\n',
      'sys/fs/cgroup/jobs/mine/memory.current': '10\n',
      'sys/fs/cgroup/jobs/memory.max': '1000000\n',
      'sys/fs/cgroup/jobs/memory.current': '900000\n',
      'sys/fs/cgroup/jobs/memory.stat': 'anon 500000\ninactive_file 200000\nactive_file 100000\n',
    });
    expect(systemMemory(root)).toMatchObject({ free: 400_000, limit: 1e6, bound: 'control group' });
  });

  test('control groups of the first version', async () => {
    const memory = 'sys/fs/cgroup/memory';
    const root = await rootOf({
      ...machine,
      'proc/self/cgroup': '3:cpu:/x\n2:memory:/outside/container\n',
      [`${memory}/memory.limit_in_bytes`]: '5000\n',
      [`${memory}/memory.usage_in_bytes`]: '4000\n',
      [`${memory}/memory.stat`]: 'total_inactive_file 50\ntotal_active_file 7\n',
    });
    expect(systemMemory(root)).toMatchObject({ free: 1057, limit: 5000, bound: 'control group' });
  });

  test('without any of these files, what the system calls free', async () => {
    const { free, bound, largePages } = systemMemory(await rootOf({}));
    expect([bound, largePages]).toEqual(['machine', false]);
    expect(free / freemem()).toBeGreaterThan(0.5);
  });

  test('here: more than nothing', () => {
    expect(systemMemory().free).toBeGreaterThan(2 ** 20);
  });
});
