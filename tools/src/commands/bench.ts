import { OnebitError, unknownName, writeFileAtomic } from '@onebit/common';
import { benchMethods } from '../bench/methods/index.js';
import type { BenchRow, LimitRow } from '../bench/result.js';
import { benches } from '../bench/table.js';
import { backendOptions, defineCommand } from '../cli/command.js';
import type { Output } from '../cli/output.js';

/** Where the documentation looks for it. */
const methodsDocument = 'docs/results/methods.json';

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
    quick: { type: 'boolean', description: 'few turns: to see that it works, not to publish' },
    filter: { type: 'string', placeholder: 'TEXT', description: 'only the cases whose name contains TEXT' },
    threads: { type: 'number', default: 2, placeholder: 'N', description: 'threads of each contestant' },
    backend: {
      type: 'string',
      choices: backendOptions.backend.choices,
      placeholder: 'NAME',
      description: 'back end of our side of `train` (default: native)',
    },
    only: { type: 'string', multiple: true, placeholder: 'NAME', description: 'methods: train this method alone' },
    seeds: { type: 'number', default: 3, placeholder: 'N', description: 'methods: trainings of each method' },
    steps: { type: 'number', placeholder: 'N', description: 'methods: steps of each training' },
    jobs: {
      type: 'number',
      default: 2,
      placeholder: 'N',
      description: 'methods: trainings at a time, of one thread each',
    },
    out: {
      type: 'string',
      short: 'o',
      placeholder: 'FILE',
      description: 'also write the JSON document there (methods: default docs/results/methods.json)',
    },
  },
  examples: [
    ['onebit bench train', 'training steps against PyTorch and the wasm back end, and where they go'],
    [
      'onebit bench kernels --filter 3x3',
      'the convolution kernels against the limits of the machine and against others',
    ],
    ['onebit bench data --json -o docs/results/data.json', 'the data pipeline against what training consumes'],
    ['onebit bench eval', 'evaluation of detections against pycocotools and faster_coco_eval'],
    ['onebit bench methods', 'every binarization method and the float twin on CIFAR-10; goes on where it was stopped'],
  ],
  async run({ positionals: [name], options, output, signal }) {
    if (name === 'methods') return benchMethods({ ...options, out: options.out ?? methodsDocument, output, signal });
    const measure = Object.hasOwn(benches, name) ? benches[name] : undefined;
    if (measure === undefined) throw unknownName('onebit bench', name, [...Object.keys(benches), 'methods']);
    const { rounds, quick, filter, threads, backend } = options;
    for (const [option, value] of Object.entries({ rounds, threads })) {
      if (value === undefined || (Number.isInteger(value) && value >= 1)) continue;
      throw new OnebitError('ERR_USAGE', `--${option} must be a whole number of at least 1, got ${value}`);
    }
    const result = await measure({ rounds, quick, filter, threads, backend, output, signal });
    if (result.rows.length > 0) printRows(output, result.rows);
    if (result.limits !== undefined && result.limits.length > 0) printLimits(output, result.limits);
    output.print(`ratio = time of the rival / our time. ${result.machine}`);
    if (options.out !== undefined) await writeFileAtomic(options.out, `${JSON.stringify(result, null, 2)}\n`);
    return result;
  },
});

function printRows(output: Output, rows: readonly BenchRow[]): void {
  const ofKernels = rows.some((row) => row.gops !== undefined);
  output.table(
    ['case', 'ours', 'ms', ...(ofKernels ? ['Gop/s'] : []), 'rival', 'ms', 'ratio', 'target', ''],
    rows.map((row) => [
      row.case,
      row.implementation,
      milliseconds(row.medianMs),
      ...(ofKernels ? [row.gops?.toFixed(0) ?? ''] : []),
      row.rival,
      row.rivalMedianMs === null ? '-' : milliseconds(row.rivalMedianMs),
      row.ratio?.toFixed(2) ?? '-',
      row.target?.toFixed(2) ?? '-',
      row.ok === null ? (row.note ?? '') : row.ok ? 'ok' : 'missed',
    ]),
  );
}

function printLimits(output: Output, limits: readonly LimitRow[]): void {
  output.table(
    ['case', 'ours', 'what', '', 'of', '', 'share', 'limit', ''],
    limits.map(({ case: name, implementation, what, of, unit, value, ofValue, share, limit, ok }) => [
      ...[name, implementation, what, `${value.toFixed(1)} ${unit}`, of, `${ofValue.toFixed(1)} ${unit}`],
      ...[`${(100 * share).toFixed(1)} %`, limit === null ? '-' : `${100 * limit} %`],
      ok === null ? '' : ok ? 'ok' : 'missed',
    ]),
  );
}

/** Three digits: kernels take microseconds, training steps seconds. */
function milliseconds(ms: number): string {
  return ms >= 100 ? ms.toFixed(1) : Number(ms.toPrecision(3)).toString();
}
