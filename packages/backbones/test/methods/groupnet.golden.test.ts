import {
  type AnyModule,
  type ForwardContext,
  type Module,
  ModuleBuilder,
  type Precision,
  Sequential,
} from '@onebit/nn';
import { tf } from '@onebit/ops';
import { expect, test } from 'vitest';
import { compared, goldenCases, goldenFile } from '../../../../test/golden.js';
import { eachBackEnd } from '../../../tfjs-backend-native/test/back-ends.js';
import { GroupBlock } from '../../src/group-net/group-block.js';
import { groupMaps } from '../../src/group-net/group-maps.js';
import { Stem } from '../../src/stem.js';
import { Golden, type Tolerance } from '../golden-module.js';

/** The README of the vectors: relative to the largest value of a tensor. */
const outputs: Tolerance = (largest) => 1e-5 * largest;
const gradients: Tolerance = (largest) => 1e-4 * largest;

/** A part of the network with the names that the file has for it. */
interface Case {
  readonly module: Module<tf.Tensor4D, tf.Tensor4D>;
  /** Inputs in the file, in the order of the packed map. */
  readonly inputs: readonly string[];
  /** Maps of the output that have a tensor of their own in the file. */
  readonly results: (y: tf.Tensor4D) => Readonly<Record<string, tf.Tensor>>;
  /** Called with every output inside. */
  readonly tap?: (mode: Mode, name: string, output: tf.Tensor) => void;
  readonly rename?: (name: string) => string;
}

type Mode = 'train' | 'eval';

const words: readonly (readonly [RegExp, string])[] = [
  [/bn(\S*)\.gamma$/, 'bn$1.weight'],
  [/bn(\S*)\.beta$/, 'bn$1.bias'],
  [/\.(mean|variance)$/, '.running_$1'],
  [/running_variance$/, 'running_var'],
  [/downsample\.bn/, 'downsample.batch_norm'],
  [/gate$/, 'block_gate'],
];

function fileName(name: string): string {
  return words.reduce((renamed, [pattern, word]) => renamed.replace(pattern, word), name);
}

/** The numbers of `scales` are tensors of their own in the file. */
function partsOf(name: string, value: tf.Tensor): (readonly [string, tf.Tensor])[] {
  const renamed = fileName(name);
  if (!/(^|\.)scales$/.test(name)) return [[renamed, value]];
  return tf.split(value, value.size).map((part, k) => [`${renamed}.${k}`, part] as const);
}

function variablesOf(module: AnyModule): [string, tf.Variable][] {
  const parameters = module.namedParameters().map(([name, { variable }]): [string, tf.Variable] => [name, variable]);
  return [...parameters, ...module.namedBuffers()];
}

/** The plan that the file describes. */
function precisionOf(golden: Golden, file: Readonly<Record<string, string>>): Precision {
  const gated = golden.names.some((name) => /(block_gate|train\.base0|block\d\.out)$/.test(name));
  const released = file.note?.includes('aliasing') === true;
  const mean = released ? 'mean-released' : 'mean';
  return {
    method: 'groupnet',
    bases: Number(file.K),
    gates: gated ? 'block' : 'none',
    aggregation: file.aggregate === 'mean' ? mean : 'scales',
    ...(file.bits === '32' && { weights: 'real', activations: 'tanh' }),
  };
}

/** A block whose tensors have this prefix, from an input to an output of these names. */
function blockOf(golden: Golden, precision: Precision, prefix: string, input: string, output: string): GroupBlock {
  const [outChannels, inChannels] = golden.tensor(`init.${prefix}conv1.0.weight`).shape;
  const stride = Math.ceil(golden.tensor(input).shape[2] / golden.tensor(output).shape[2]);
  const gated = golden.has(`init.${prefix}block_gate`);
  const bases = golden.names.filter((name) => name.startsWith(`init.${prefix}conv1.`)).length;
  const builder = new ModuleBuilder({ plan: [{ match: '**', precision }] });
  return new GroupBlock(builder, { inChannels, outChannels, stride, branchesBefore: gated ? bases : 0 });
}

function blockCase(golden: Golden, precision: Precision): Case {
  const module = blockOf(golden, precision, '', 'in.mean', 'loss.grad_out');
  const bases = golden.names.filter((name) => /^in\.base\d+$/.test(name));
  const [, outChannels] = golden.tensor('loss.grad_out').shape;
  const results = (y: tf.Tensor4D) => {
    const { aggregate, branches } = groupMaps(y, outChannels);
    return { out: aggregate, ...Object.fromEntries(branches.map((branch, k) => [`base${k}`, branch])) };
  };
  return { module, inputs: ['in.mean', ...bases.map((_, k) => `in.base${k}`)], results };
}

function chainCase(golden: Golden, precision: Precision): Case {
  const names = golden.names.filter((name) => /^train\.block\d+\.out$/.test(name));
  const places = names.map((_, i) => ({ prefix: `${i}.`, output: `train.block${i}.out` }));
  const blocks = places.map(({ prefix, output }, i) =>
    blockOf(golden, precision, prefix, places[i - 1]?.output ?? 'in.x', output),
  );
  const last = `block${names.length - 1}.out`;
  const [, channels] = golden.tensor('loss.grad_out').shape;
  return {
    module: new Sequential(blocks),
    inputs: ['in.x'],
    results: (y) => ({ [last]: groupMaps(y, channels).aggregate }),
    tap(mode, name, output) {
      if (/^\d+$/.test(name)) golden.compareMap(`${mode}.block${name}.out`, output, outputs);
    },
  };
}

function stemCase(golden: Golden): Case {
  const [outChannels, inChannels] = golden.tensor('init.conv1.weight').shape;
  const builder = new ModuleBuilder();
  const module = new Stem(builder, { kind: 'imagenet', inChannels, outChannels, style: 'group' });
  return {
    module,
    inputs: ['in.x'],
    results: (y) => ({ out: tf.reshape(tf.transpose(y, [0, 3, 1, 2]), [y.shape[0], -1]) }),
    rename: (name) => name.replace(/^(conv|bn)\./, '$11.'),
  };
}

/** A result times what the file has for it; the aggregate's factor is called `grad_out`. */
function lossTerm(golden: Golden, name: string, result: tf.Tensor): tf.Tensor[] {
  const factor = name.endsWith('out') ? 'loss.grad_out' : `loss.grad_${name}`;
  if (!golden.has(factor)) return [];
  const stored = result.rank === 4 ? golden.map(factor) : golden.raw(factor);
  return [tf.sum(tf.mul(result, stored))];
}

/** Outputs, gradients of inputs and parameters, and running statistics, in training and then, with what that left, in evaluation. */
function compareCase(golden: Golden, { module, inputs, results, tap, rename = (name) => name }: Case): void {
  tf.tidy(() => {
    for (const [name, variable] of variablesOf(module)) {
      const parts = partsOf(rename(name), variable).map(([part]) => golden.parameter(`init.${part}`));
      variable.assign(parts.length === 1 ? tf.reshape(parts[0], variable.shape) : tf.concat(parts));
    }
    const compareResult = (name: string, result: tf.Tensor) => {
      if (result.rank === 4) golden.compareMap(name, result, outputs);
      else golden.compare(name, result, outputs);
    };
    for (const mode of ['train', 'eval'] as const) {
      const context: ForwardContext = {
        training: mode === 'train',
        tap: tap && ((name, output) => tap(mode, name, output)),
      };
      const xs = inputs.map((name) => tf.variable(golden.map(name)));
      const { grads } = tf.variableGrads(() => {
        const made = Object.entries(results(module.forward(tf.concat(xs, 3) as tf.Tensor4D, context)));
        for (const [name, result] of made) compareResult(`${mode}.${name}`, result);
        return tf.addN(made.flatMap(([name, result]) => lossTerm(golden, name, result))) as tf.Scalar;
      }, [...xs, ...module.namedParameters().map(([, { variable }]) => variable)]);
      for (const [i, x] of xs.entries()) golden.compareMap(`${mode}.grad.${inputs[i]}`, grads[x.name], gradients);
      for (const [name, { variable }] of module.namedParameters()) {
        for (const [part, gradient] of partsOf(rename(name), grads[variable.name])) {
          golden.compareParameter(`${mode}.grad.${part}`, gradient, gradients);
        }
      }
      if (mode === 'eval') continue;
      for (const [name, variable] of module.namedBuffers()) {
        const after = `after.${fileName(rename(name))}`;
        if (golden.has(after)) golden.compare(after, variable, gradients);
      }
    }
  });
  module.dispose();
}

eachBackEnd(
  (start) => {
    const makers = [
      { pattern: /^stem\.safetensors$/, make: stemCase },
      { pattern: /^block_.*\.safetensors$/, make: blockCase },
      { pattern: /^chain_.*\.safetensors$/, make: chainCase },
    ];
    for (const { pattern, make } of makers) {
      for (const name of goldenCases('groupnet', pattern)) {
        const kind = `groupnet/${name}`;
        test(kind, async () => {
          await start();
          const file = goldenFile(kind);
          const golden = new Golden(file);
          const precision = precisionOf(golden, file.metadata);
          compareCase(golden, make(golden, precision));
          // Scales that were held at 1/K are the mean.
          if (file.metadata.scales_fixed !== undefined && typeof precision === 'object') {
            compareCase(golden, make(golden, { ...precision, aggregation: 'mean' }));
          }
          expect(golden.unused, 'tensors of the file that were neither fed in nor compared').toEqual([]);
          compared(kind, golden.count);
        });
      }
    }
  },
  ['cpu', 'native'],
);
