import { OnebitError } from '@onebit/common';
import { nativeReport } from '@onebit/kernels';
import { methods } from '@onebit/nn';
import { describeEnvironment } from '@onebit/training';
import { applyMatmul, prepareBackend } from '../cli/backend.js';
import { backendOptions, defineCommand, matmulOption } from '../cli/command.js';
import { profileStep } from '../detector/profile.js';
import { loadRecipe, parseOverride } from '../recipes/load.js';
import { recipes } from '../recipes/table.js';

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'show what this machine has, what is used and why; profile a training step',
  positionals: '',
  arity: [0, 0],
  options: {
    'profile-step': { type: 'boolean', description: 'time every kernel of a training step' },
    recipe: {
      type: 'string',
      short: 'r',
      default: 'ssd300-resnet18-bidet',
      placeholder: 'RECIPE',
      description: 'recipe whose step is profiled',
    },
    set: { type: 'string', multiple: true, placeholder: 'KEY=VALUE', description: 'change one value of that recipe' },
    steps: { type: 'number', default: 8, placeholder: 'N', description: 'steps that are profiled, after warm-up' },
    ...matmulOption,
    ...backendOptions,
  },
  examples: [
    ['onebit doctor', 'back ends, kernel set, threads, and the reason for each that was not taken'],
    ['onebit doctor --profile-step -r demo-binary', 'share of each kernel in the time of a training step'],
  ],
  async run({ options, output }) {
    const backend = await prepareBackend(options, output);
    for (const { name, reason } of backend.skipped) output.print(`  not ${name}: ${reason}`);
    const environment = await describeEnvironment({});
    const native = nativeReport();
    output.print(
      `Node ${environment.node}, ${environment.platform}, ${environment.cpu}, ${environment.cores} cores, ${environment.memoryGiB} GiB`,
    );
    output.print(
      native.available
        ? `native kernels: ${native.kernelSet}, ${native.threads} threads`
        : `native kernels: none\n  ${native.tried.join('\n  ')}`,
    );
    output.print(`methods: ${Object.keys(methods).join(', ')}\nrecipes: ${Object.keys(recipes).join(', ')}`);
    if (!options['profile-step']) return { environment, backend, native };
    if (!Number.isInteger(options.steps) || options.steps < 1) {
      throw new OnebitError('ERR_USAGE', `--steps must be a whole number of at least 1, got ${options.steps}`);
    }
    const overrides = options.set.map(parseOverride);
    if (options.matmul !== undefined) overrides.push(['train.matmul', options.matmul]);
    const recipe = await loadRecipe(options.recipe, overrides);
    applyMatmul(recipe.train.matmul);
    const profile = await profileStep(recipe, options.steps);
    const percent = (ms: number) => `${((ms / profile.stepMs) * 100).toFixed(1)} %`;
    output.heading(
      `one training step of ${recipe.name}, batch ${recipe.train.batchSize}: ${profile.stepMs.toFixed(1)} ms`,
    );
    output.table(
      ['kernel', 'calls', 'ms', 'share', 'native'],
      profile.kernels.map(({ name, calls, ms, native: isNative }) => [
        name,
        calls,
        ms.toFixed(2),
        percent(ms),
        isNative ? 'yes' : 'NO',
      ]),
    );
    output.print(
      `in native kernels ${percent(profile.nativeMs)}, in other kernels ${percent(profile.otherMs)}, outside kernels (tape, matching, mining) ${percent(profile.stepMs - profile.nativeMs - profile.otherMs)}`,
    );
    return { environment, backend, native, profile };
  },
});
