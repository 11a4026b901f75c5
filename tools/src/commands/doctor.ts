import { OnebitError } from '@onebit/common';
import { nativeReport } from '@onebit/kernels';
import { methods } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { type BackendReport, type NativeMemory, probeBackends } from '@onebit/tfjs-backend-native';
import { describeEnvironment, type SystemMemory, systemMemory } from '@onebit/training';
import { applyMatmul, prepareBackend } from '../cli/backend.js';
import { backendOptions, defineCommand, matmulOption } from '../cli/command.js';
import { bytes } from '../cli/output.js';
import { loadRecipe, parseOverride } from '../recipes/load.js';
import type { Recipe } from '../recipes/schema.js';
import { recipes } from '../recipes/table.js';
import { vocClasses } from '../workloads/detector.js';
import { profileStep } from '../workloads/profile.js';
import { printProfile } from '../workloads/profile-report.js';
import { recipeSteps } from '../workloads/recipe.js';
import { type WorkloadName, workloads } from '../workloads/table.js';
import { TrainingStep } from '../workloads/training-step.js';
import type { Workload } from '../workloads/workload.js';

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
      description: 'recipe, or workload of `bench train`, whose step is profiled',
    },
    set: { type: 'string', multiple: true, placeholder: 'KEY=VALUE', description: 'change one value of that recipe' },
    steps: { type: 'number', default: 8, placeholder: 'N', description: 'steps that are profiled, after warm-up' },
    ...matmulOption,
    ...backendOptions,
  },
  examples: [
    ['onebit doctor', 'back ends, kernel set, threads, and the reason for each that was not taken'],
    ['onebit doctor --profile-step -r demo-binary', 'share of each kernel in the time of a training step'],
    ['onebit doctor --profile-step -r bireal-resnet18', 'the same for a step of `onebit bench train`'],
  ],
  async run({ options, output }) {
    const backend = await prepareBackend(options, output);
    const backends = await probeBackends();
    output.table(
      ['back end', 'found', '', ''],
      backends.map(({ name, found, detail }) => [name, found ? 'yes' : 'no', detail, choiceOf(name, backend, options)]),
    );
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
    const memory = memoryReport();
    output.print(
      `memory: ${bytes(memory.free)} free of the ${bytes(memory.limit)} of the ${memory.bound}, tensors hold ${bytes(memory.tensorBytes)}, large pages ${memory.largePages ? 'on' : 'off'}`,
    );
    output.print(`methods: ${Object.keys(methods).join(', ')}\nrecipes: ${Object.keys(recipes).join(', ')}`);
    if (!options['profile-step']) return { environment, backend, backends, native, memory };
    if (!Number.isInteger(options.steps) || options.steps < 1) {
      throw new OnebitError('ERR_USAGE', `--steps must be a whole number of at least 1, got ${options.steps}`);
    }
    const workload = await workloadOf(options);
    const profile = await profileStep(new TrainingStep(workload), options.steps);
    const { name, batch, imageSize } = workload;
    printProfile(output, `one training step of ${name}, ${imageSize}², batch ${batch}`, profile);
    return { environment, backend, backends, native, memory, profile };
  },
});

/** What `onebit doctor` says of memory. */
interface MemoryReport extends SystemMemory {
  /** In use by tensors or kept for reuse; on other back ends than the native one only what is in use. */
  readonly tensorBytes: number;
}

function memoryReport(): MemoryReport {
  const memory: tf.MemoryInfo & Partial<NativeMemory> = tf.memory();
  return { ...systemMemory(), tensorBytes: memory.heldBytes ?? memory.numBytes };
}

/** The step to be profiled: a recipe's, or one of `onebit bench train`'s. */
async function workloadOf(options: {
  readonly recipe: string;
  readonly set: readonly string[];
  readonly matmul?: string;
}): Promise<Workload> {
  const { recipe: name, matmul } = options;
  const overrides = options.set.map(parseOverride);
  if (!Object.hasOwn(workloads, name)) {
    if (matmul !== undefined) overrides.push(['train.matmul', matmul]);
    const recipe = await loadRecipe(name, overrides);
    applyMatmul(recipe.train.matmul);
    return recipeSteps(recipe, vocClasses).at(recipe.train.batchSize);
  }
  if (overrides.length > 0) {
    throw new OnebitError(
      'ERR_USAGE',
      `--set changes recipes; ${name} is a step of \`onebit bench train\` and has none`,
    );
  }
  applyMatmul((matmul ?? 'fp32') as Recipe['train']['matmul']); // one of the option's choices
  const { build, size } = workloads[name as WorkloadName];
  return build(size);
}

/** Why a back end is the one in use, or why it is not. */
function choiceOf(name: string, { name: chosen, skipped }: BackendReport, asked: { readonly backend: string }): string {
  if (name === chosen) return asked.backend === 'auto' ? 'in use: the best that is there' : 'in use: asked for by name';
  if (asked.backend !== 'auto') return `not asked for (--backend ${asked.backend})`;
  return skipped.some((one) => one.name === name) ? 'not taken' : `${chosen} is better`;
}
