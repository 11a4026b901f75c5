import { unknownName, writeFileAtomic } from '@onebit/common';
import { benches } from '../bench/table.js';
import { defineCommand } from '../cli/command.js';

export const bench = defineCommand({
  name: 'bench',
  summary: 'measure speed against named rivals, taking turns in one run',
  positionals: 'NAME',
  arity: [1, 1],
  options: {
    rounds: {
      type: 'number',
      placeholder: 'N',
      description: 'turns of each contestant (default: as many as the bench finds right)',
    },
    threads: { type: 'number', default: 2, placeholder: 'N', description: 'threads of each contestant' },
    out: { type: 'string', short: 'o', placeholder: 'FILE', description: 'also write the JSON document there' },
  },
  examples: [
    ['onebit bench train', 'a ResNet-18 training step against PyTorch and the wasm back end'],
    ['onebit bench data --json -o docs/results/data.json', 'the data pipeline against what training consumes'],
  ],
  async run({ positionals: [name], options, output, signal }) {
    const measure = Object.hasOwn(benches, name) ? benches[name] : undefined;
    if (measure === undefined) throw unknownName('onebit bench', name, Object.keys(benches));
    const result = await measure({ rounds: options.rounds, threads: options.threads, output, signal });
    output.table(
      ['case', 'ours', 'ms', 'rival', 'ms', 'ratio', 'target', ''],
      result.rows.map((row) => [
        row.case,
        row.implementation,
        row.medianMs.toFixed(2),
        row.rival,
        row.rivalMedianMs?.toFixed(2) ?? '-',
        row.ratio?.toFixed(2) ?? '-',
        row.target.toFixed(2),
        row.ok === null ? (row.note ?? '') : row.ok ? 'ok' : 'missed',
      ]),
    );
    output.print(`ratio = time of the rival / our time. ${result.machine}`);
    if (options.out !== undefined) await writeFileAtomic(options.out, `${JSON.stringify(result, null, 2)}\n`);
    return result;
  },
});
