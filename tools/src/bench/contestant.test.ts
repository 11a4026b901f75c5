import { expect, onTestFinished, test } from 'vitest';
import { Contestant, interleave, median } from './contestant.js';

/** A child that speaks the protocol: it says what it is, with chatter before, and answers each request with the numbers of its steps. */
const child = `
  process.stdout.write('library says hello\\n' + JSON.stringify({ ready: true, version: '1.2', lent: process.env.LENT }) + '\\n');
  let done = 0;
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { steps } = JSON.parse(line);
    process.stdout.write(JSON.stringify({ ms: Array.from({ length: steps }, () => ++done), peakRssMiB: 100 + done }) + '\\n');
  });`;

async function start(name: string, script: string, env: NodeJS.ProcessEnv = {}) {
  const started = await Contestant.start(name, process.execPath, ['-e', script], env);
  onTestFinished(() => started.contestant.stop());
  return started;
}

test('a contestant tells what it is, and times as many steps as it is told', async () => {
  const { contestant, about } = await start('fake', child, { LENT: 'yes' });
  expect(about).toEqual({ ready: true, version: '1.2', lent: 'yes' });
  expect(contestant.peakRssMiB).toBeNaN();
  expect(await contestant.run(2)).toEqual([1, 2]);
  expect(await contestant.run(3)).toEqual([3, 4, 5]);
  expect(contestant.peakRssMiB).toBe(105);
  expect(await contestant.ask({ steps: 1 })).toEqual({ ms: [6], peakRssMiB: 106 });
});

test('contestants take turns of their own length; warm-up rounds do not count', async () => {
  const [a, b] = [(await start('a', child)).contestant, (await start('b', child)).contestant];
  const rounds: number[] = [];
  const times = await interleave([a, b], { rounds: 2, steps: new Map([[a, 3]]), warmup: 1 }, (round) =>
    rounds.push(round),
  );
  expect(times.get(a)).toEqual([4, 5, 6, 7, 8, 9]);
  expect(times.get(b)).toEqual([2, 3]);
  expect(rounds).toEqual([1, 2, 3]);
});

test('a contestant that can’t start says why', async () => {
  await expect(start('fake', "console.error('no module torch'); process.exit(3)")).rejects.toThrow(
    'fake ended: no module torch',
  );
  await expect(Contestant.start('python', '/no/such/python', [])).rejects.toThrow(/python ended: .*ENOENT/);
});

test('a contestant that dies in its turn is an error, not a silence', async () => {
  const { contestant } = await start(
    'fake',
    `console.log('{}'); process.stdin.once('data', () => { console.error('out of memory'); process.exit(1); });`,
  );
  await expect(contestant.run(1)).rejects.toThrow('fake ended: out of memory');
});

test.each([
  [[3], 3],
  [[10, 9, 1], 9],
  [[4, 1, 3, 2], 2.5],
])('median of %j', (values, expected) => {
  expect(median(values)).toBe(expected);
});
