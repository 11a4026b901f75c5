import { tf } from '@onebit/ops';
import { isWeighted, type Weighted } from './layers/weighted.js';
import { type AnyModule, inference } from './module.js';
import type { Parameter } from './parameter.js';

/** Counts that add up over layers. */
export interface Cost {
  /** Trained numbers: latent weights, which a packed model stores as bits, and all others, stored as float32. */
  readonly parameters: { readonly oneBit: number; readonly float32: number };
  /**
   * Multiply-accumulates of convolutions and linear layers. A binary one is one pair of signs: a layer of M sign tensors and N sign maps does M N of them for each product
   * of its float twin, one of k bits k times as many (bit-serial). Normalisation, sums, pools and activations are not counted.
   */
  readonly macs: { readonly binary: number; readonly float: number };
  /** Multiplications of outputs of binary convolutions by scales, as if none of them were folded into what follows. */
  readonly scalings: number;
  /** Elements written by layers without multiply-accumulates (normalisation with the sum and activation in its pass, activations, pools), each once. */
  readonly elements: number;
  /**
   * Bits of a packed model: of latent weights as their method stores them, of real weights, of the scales of filters (computed or trained), and of biases, affine
   * parts of normalisations and slopes. Running statistics fold away.
   */
  readonly bits: {
    readonly latent: number;
    readonly weights: number;
    readonly scales: number;
    readonly vectors: number;
  };
  /** Bytes of the parameters: packed (latent weights as bits, computed scales folded away) and as float32 throughout. */
  readonly bytes: { readonly packed: number; readonly float32: number };
}

/** Largest memory for activations that any layer with multiply-accumulates needs: its input and its output. Shortcuts kept meanwhile are not counted. */
export interface ActivationBytes {
  /** Inputs of binary layers as bits, everything else as float32. */
  readonly packed: number;
  readonly float32: number;
}

/** Cost of one module without its children. */
export interface ModuleCost extends Cost {
  readonly name: string;
  readonly type: string;
  /** Precision of the arithmetic; undefined for modules without multiply-accumulates. */
  readonly precision?: 'binary' | 'float32';
  /** Shape of the (last) output; undefined for modules that were not run by themselves. */
  readonly outputShape?: readonly number[];
  /** Undefined for modules without multiply-accumulates. */
  readonly activations?: ActivationBytes;
}

export interface ModelCost {
  readonly inputShape: readonly number[];
  /** Modules with parameters or arithmetic of their own, in order of definition. */
  readonly modules: readonly ModuleCost[];
  readonly total: Cost;
  readonly activations: ActivationBytes;
  /** The operations rule `bireal`; see `operationRules`. */
  readonly operations64: number;
}

/** One run of a module. */
interface Run {
  readonly output: readonly number[];
  readonly input?: readonly number[];
}

/** Counts a model for an input shape `[N, H, W, C]` by a forward pass in which convolutions are not computed. */
export function modelCost(model: AnyModule, inputShape: readonly [number, number, number, number]): ModelCost {
  const runs = runsOf(model, inputShape);
  const modules = [...model.namedModules()]
    .map(([name, module]) => moduleCost(name, module, runs.get(module.path) ?? []))
    .filter(({ parameters, precision }) => precision !== undefined || parameters.oneBit + parameters.float32 > 0);
  const total = addCosts(modules);
  const peak = (form: keyof ActivationBytes) =>
    Math.max(0, ...modules.map(({ activations }) => activations?.[form] ?? 0));
  return {
    inputShape,
    modules,
    total,
    activations: { packed: peak('packed'), float32: peak('float32') },
    operations64: total.macs.float + total.macs.binary / 64,
  };
}

/** Shapes of every module that did something of its own, by full name, one entry for each time it ran. */
function runsOf(model: AnyModule, inputShape: readonly number[]): Map<string, Run[]> {
  const leaves = new Set(
    [...model.namedModules()].flatMap(([, module]) => {
      const isLeaf = [...module.namedModules()].length === 1;
      return isLeaf || isWeighted(module) ? [module.path] : [];
    }),
  );
  const runs = new Map<string, Run[]>();
  const tap = (name: string, output: tf.Tensor, input?: tf.Tensor) => {
    if (leaves.has(name)) runs.set(name, [...(runs.get(name) ?? []), { output: output.shape, input: input?.shape }]);
  };
  tf.tidy(() => {
    model.forward(tf.zeros([...inputShape]), { ...inference, tap, shapesOnly: true });
  });
  return runs;
}

function moduleCost(name: string, module: AnyModule, runs: readonly Run[]): ModuleCost {
  const weighted = isWeighted(module) ? module : undefined;
  const own = [...module.ownParameters.values()];
  const oneBit = sizeOf(own, 'latent');
  const float32 = sizeOf(own) - oneBit;
  const { weightBits = 32, scales = 0 } = weighted?.binarization ?? {};
  const latent = oneBit * weightBits;
  const weights = sizeOf(own, 'weight');
  const trainedScales = sizeOf(own, 'scale');
  return {
    name,
    type: module.type,
    parameters: { oneBit, float32 },
    bits: {
      latent,
      weights: 32 * weights,
      scales: 32 * (scales + trainedScales),
      vectors: 32 * (float32 - weights - trainedScales),
    },
    bytes: { packed: Math.ceil(latent / 8) + 4 * float32, float32: 4 * (oneBit + float32) },
    ...workOf(weighted, runs),
    ...(runs.length > 0 && { outputShape: runs[runs.length - 1].output }),
    ...(weighted && { precision: weighted.precision, activations: activationsOf(weighted, runs) }),
  };
}

function workOf(layer: Weighted | undefined, runs: readonly Run[]): Pick<Cost, 'macs' | 'scalings' | 'elements'> {
  const outputs = sum(runs.map(({ output }) => product(output)));
  if (layer === undefined) return { macs: { binary: 0, float: 0 }, scalings: 0, elements: outputs };
  const { weightBits = 32, activationBits = 32, scalings = 0, floatMacs = 0 } = layer.binarization ?? {};
  const macs = sum(runs.map(({ output }) => layer.macs(output)));
  const beside = floatMacs * sum(runs.map(({ output }) => output[0]));
  return {
    macs:
      layer.precision === 'binary'
        ? { binary: macs * weightBits * activationBits, float: beside }
        : { binary: 0, float: macs + beside },
    scalings: scalings * outputs,
    elements: 0,
  };
}

function activationsOf({ precision, binarization }: Weighted, runs: readonly Run[]): ActivationBytes {
  const inputBits = precision === 'binary' ? (binarization?.activationBits ?? 32) : 32;
  const peak = (bits: number) =>
    Math.max(0, ...runs.map(({ input = [0], output }) => Math.ceil((product(input) * bits) / 8) + 4 * product(output)));
  return { packed: peak(inputBits), float32: peak(32) };
}

/** Numbers of parameters, of one role or of all. */
function sizeOf(parameters: readonly Parameter[], role?: Parameter['role']): number {
  return sum(parameters.map((parameter) => (role === undefined || parameter.role === role ? parameter.size : 0)));
}

function product(shape: readonly number[]): number {
  return shape.reduce((all, n) => all * n, 1);
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

/** The sum of every count. */
export function addCosts(costs: readonly Cost[]): Cost {
  const of = (count: (cost: Cost) => number) => sum(costs.map(count));
  return {
    parameters: { oneBit: of((c) => c.parameters.oneBit), float32: of((c) => c.parameters.float32) },
    macs: { binary: of((c) => c.macs.binary), float: of((c) => c.macs.float) },
    scalings: of((c) => c.scalings),
    elements: of((c) => c.elements),
    bits: {
      latent: of((c) => c.bits.latent),
      weights: of((c) => c.bits.weights),
      scales: of((c) => c.bits.scales),
      vectors: of((c) => c.bits.vectors),
    },
    bytes: { packed: of((c) => c.bytes.packed), float32: of((c) => c.bytes.float32) },
  };
}
