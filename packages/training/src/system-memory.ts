import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { dirname, join } from 'node:path';

/** Memory that this process may still take, in bytes. */
export interface SystemMemory {
  readonly free: number;
  /** What the machine, or the control group, has in all. */
  readonly limit: number;
  /** What sets the bound: the machine, or the control group (container, job) that the process is in. */
  readonly bound: 'machine' | 'control group';
  /** Whether the system backs large pieces of memory by large pages when asked. */
  readonly largePages: boolean;
}

/**
 * What could be taken without swapping: pages that only cache files count as free, as the system drops them when asked for memory.
 * @param root where the file system begins; tests have their own.
 */
export function systemMemory(root = '/'): SystemMemory {
  const information = textOf(join(root, 'proc/meminfo'));
  const machine: Room = {
    free: fieldOf(information, 'MemAvailable:', 1024) ?? freemem(),
    limit: fieldOf(information, 'MemTotal:', 1024) ?? totalmem(),
  };
  const group = roomInGroup(root);
  const largePages = textOf(join(root, 'sys/kernel/mm/transparent_hugepage/enabled')).match(/\[(always|madvise)\]/);
  return {
    ...(group.free < machine.free ? { ...group, bound: 'control group' } : { ...machine, bound: 'machine' }),
    largePages: largePages !== null,
  };
}

type Room = Pick<SystemMemory, 'free' | 'limit'>;
const boundless: Room = { free: Number.POSITIVE_INFINITY, limit: Number.POSITIVE_INFINITY };

/** Names of the same numbers in both versions of control groups. */
const versions = [
  { folder: '', limit: 'memory.max', used: 'memory.current', cached: ['inactive_file ', 'active_file '] },
  {
    folder: 'memory',
    limit: 'memory.limit_in_bytes',
    used: 'memory.usage_in_bytes',
    cached: ['total_inactive_file ', 'total_active_file '],
  },
] as const;

/** The least room in the control group of this process and those around it. */
function roomInGroup(root: string): Room {
  let least = boundless;
  for (const line of textOf(join(root, 'proc/self/cgroup')).split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    const version = controllers === '' ? versions[0] : versions[1];
    if (version === versions[1] && !controllers.split(',').includes('memory')) continue;
    const top = join(root, 'sys/fs/cgroup', version.folder);
    // The path may be that outside of a container whose own group stands at the top: folders that are not there have no limit.
    for (let folder = join(top, path); folder.startsWith(top); folder = dirname(folder)) {
      const room = roomIn(folder, version);
      if (room.free < least.free) least = room;
    }
  }
  return least;
}

function roomIn(folder: string, { limit, used, cached }: (typeof versions)[number]): Room {
  const [most, taken] = [limit, used].map((name) => Number.parseInt(textOf(join(folder, name)), 10));
  if (!Number.isFinite(most) || !Number.isFinite(taken)) return boundless; // `max`, or no such file
  const statistics = textOf(join(folder, 'memory.stat'));
  const droppable = cached.reduce((sum, name) => sum + (fieldOf(statistics, name, 1) ?? 0), 0);
  return { free: Math.max(0, most - taken + droppable), limit: most };
}

/** The number behind `name` at the beginning of a line, in bytes. */
function fieldOf(text: string, name: string, unit: number): number | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(name));
  return line === undefined ? undefined : Number.parseInt(line.slice(name.length), 10) * unit;
}

/** What a file holds; nothing where there is none, as on systems without them. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
