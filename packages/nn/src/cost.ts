import { tf } from '@onebit/ops';
import { isWeighted } from './layers/weighted.js';
import { type AnyModule, inference } from './module.js';

/** Counts that add up over layers. */
export interface Cost {
  /** Trained numbers: latent weights, stored as one bit each in a packed model, and all others, stored as float32. */
  readonly parameters: { readonly oneBit: number; readonly float32: number };
  /** Multiply-accumulates of convolutions and linear layers. Batch normalisation, sums, pools and activations are not counted. */
  readonly macs: { readonly binary: number; readonly float: number };
  /**
   * Bytes of the parameters: packed (1 bit or 4 bytes each, the scale of a binary filter being folded into the batch normalisation behind it), and as
   * float32 throughout. Running statistics fold away and are not counted.
   */
  readonly bytes: { readonly packed: number; readonly float32: number };
}

/** Cost of one module without its children. */
export interface ModuleCost extends Cost {
  readonly name: string;
  readonly type: string;
  /** Precision of the arithmetic; undefined for modules without multiply-accumulates. */
  readonly precision?: 'binary' | 'float32';
  /** Shape of the (last) output; undefined for modules without multiply-accumulates. */
  readonly outputShape?: readonly number[];
}

export interface ModelCost {
  readonly inputShape: readonly number[];
  /** Modules with parameters or arithmetic of their own, in order of definition. */
  readonly modules: readonly ModuleCost[];
  readonly total: Cost;
  /** Float MACs + binary MACs / 64: the counting rule of the Bi-Real paper, a convention and no speed. */
  readonly operations64: number;
}

/** Counts a model for an input shape `[N, H, W, C]` by a forward pass in which convolutions are not computed. */
export function modelCost(model: AnyModule, inputShape: readonly [number, number, number, number]): ModelCost {
  const outputs = outputShapes(model, inputShape);
  const modules = [...model.namedModules()]
    .map(([name, module]) => moduleCost(name, module, outputs.get(module.path) ?? []))
    .filter(({ parameters, precision }) => precision !== undefined || parameters.oneBit + parameters.float32 > 0);
  const total = modules.reduce<Cost>(add, zero);
  return { inputShape, modules, total, operations64: total.macs.float + total.macs.binary / 64 };
}

/** Output shapes of every arithmetic layer by full name, one for each time it ran. */
function outputShapes(model: AnyModule, inputShape: readonly number[]): Map<string, number[][]> {
  const counted = new Set([...model.namedModules()].flatMap(([, module]) => (isWeighted(module) ? [module.path] : [])));
  const shapes = new Map<string, number[][]>();
  const tap = (name: string, output: tf.Tensor) => {
    if (counted.has(name)) shapes.set(name, [...(shapes.get(name) ?? []), output.shape]);
  };
  tf.tidy(() => {
    model.forward(tf.zeros([...inputShape]), { ...inference, tap, shapesOnly: true });
  });
  return shapes;
}

function moduleCost(name: string, module: AnyModule, outputs: readonly number[][]): ModuleCost {
  const parameters = { oneBit: 0, float32: 0 };
  let packed = 0;
  for (const { role, size } of module.ownParameters.values()) {
    parameters[role === 'latent' ? 'oneBit' : 'float32'] += size;
    packed += role === 'latent' ? Math.ceil(size / 8) : 4 * size;
  }
  const macs = { binary: 0, float: 0 };
  const bytes = { packed, float32: 4 * (parameters.oneBit + parameters.float32) };
  const common = { name, type: module.type, parameters, macs, bytes };
  if (!isWeighted(module)) return common;
  for (const shape of outputs) macs[module.precision === 'binary' ? 'binary' : 'float'] += module.macs(shape);
  return { ...common, precision: module.precision, outputShape: outputs.at(-1) };
}

const zero: Cost = {
  parameters: { oneBit: 0, float32: 0 },
  macs: { binary: 0, float: 0 },
  bytes: { packed: 0, float32: 0 },
};

function add(a: Cost, b: Cost): Cost {
  return {
    parameters: {
      oneBit: a.parameters.oneBit + b.parameters.oneBit,
      float32: a.parameters.float32 + b.parameters.float32,
    },
    macs: { binary: a.macs.binary + b.macs.binary, float: a.macs.float + b.macs.float },
    bytes: { packed: a.bytes.packed + b.bytes.packed, float32: a.bytes.float32 + b.bytes.float32 },
  };
}
