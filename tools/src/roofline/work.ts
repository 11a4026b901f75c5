import type { Conv2dGeometry } from '@onebit/kernels';
import type { tf } from '@onebit/ops';
import type { KernelCall } from '@onebit/tfjs-backend-native';
import type { WorkPeak } from './machine.js';

/** What a kernel call cannot do without. */
export interface Work {
  /** 2 for each multiply-add, or for each bit of an xor and count; taps in the padding included. Element-wise arithmetic is not counted: memory bounds it. */
  readonly operations: number;
  /** The loop whose speed bounds the operations. */
  readonly peak: WorkPeak;
  /** Inputs read once and outputs written once. */
  readonly bytes: number;
}

type Rule = (call: KernelCall) => Partial<Work>;

/** Multiply-adds of a convolution, the same for the forward pass and for either gradient. */
function convolutionMacs(g: Conv2dGeometry): number {
  const taps = (g.kernelHeight * g.kernelWidth * g.inChannels) / g.groups;
  return g.batch * g.outHeight * g.outWidth * g.outChannels * taps;
}

interface ConvolutionAttributes {
  readonly geometry: Conv2dGeometry;
}

/**
 * Our own convolutions and their gradients carry their geometry. Binary ones sum terms, each of packed activations, a packed filter and perhaps float scales; in
 * their gradients one side is real.
 */
const convolution: Rule = ({ name, inputs, attributes }) => {
  const operations = 2 * convolutionMacs((attributes as ConvolutionAttributes).geometry);
  if (!name.startsWith('Binary')) return { operations };
  if (name.endsWith('Gradient')) return { operations, peak: 'sign-lookup' };
  const terms = inputs.filter(({ dtype }) => dtype === 'int32').length / 2;
  return { operations: operations * terms, peak: 'xor-popcount' };
};

/** TensorFlow.js's convolutions: all outputs, by the taps that each reads of the filter `[kh, kw, C, O]`. */
const ownConvolution: Rule = ({ inputs: [, filter], outputs: [y] }) => ({
  operations: 2 * size(y) * (size(filter) / filter.shape[3]),
});

const depthwise: Rule = ({ inputs: [, filter], outputs: [y] }) => ({
  operations: 2 * size(y) * filter.shape[0] * filter.shape[1],
});

interface MatrixAttributes {
  readonly transposeA?: boolean;
}

const matrixProduct: Rule = ({ inputs: [a], outputs: [y], attributes }) => {
  const inner = a.shape[a.shape.length - ((attributes as MatrixAttributes).transposeA === true ? 2 : 1)];
  return { operations: 2 * size(y) * inner };
};

/** What is left out is not read. */
const picked: Rule = ({ outputs }) => ({ bytes: 2 * sum(outputs.map(bytesOf)) });

interface UpdateAttributes {
  readonly parameters: readonly { readonly variable: tf.TensorInfo; readonly velocity?: object }[];
}

/** An update of all parameters at once, which has neither inputs nor outputs: it reads each gradient, and reads and writes the variable and its moments. */
const update =
  (moments: (parameter: UpdateAttributes['parameters'][number]) => number): Rule =>
  ({ attributes }) => {
    const { parameters } = attributes as UpdateAttributes;
    return { bytes: sum(parameters.map((parameter) => bytesOf(parameter.variable) * (3 + 2 * moments(parameter)))) };
  };

/** Reads the averages and the values, writes the averages. */
const average: Rule = ({ attributes }) => {
  const { averages } = attributes as { readonly averages: readonly tf.TensorInfo[] };
  return { bytes: 3 * sum(averages.map(bytesOf)) };
};

/** A sum that is stored where its first term was. */
const accumulation: Rule = ({ inputs }) => ({ bytes: sum(inputs.map(bytesOf)) + bytesOf(inputs[0]) });

/** Kernels by name whose work is more, or less, than to read their inputs and to write their outputs. */
const rules: Readonly<Record<string, Rule>> = {
  Conv2D: ownConvolution,
  DepthwiseConv2dNative: depthwise,
  BatchMatMul: matrixProduct,
  Slice: picked,
  StridedSlice: picked,
  GatherV2: picked,
  Accumulate: accumulation,
  SgdUpdate: update(({ velocity }) => (velocity === undefined ? 0 : 1)),
  AdamUpdate: update(() => 2),
  AverageUpdate: average,
};

/** The work of one call. A kernel without a rule moves its tensors and multiplies nothing; one that hands on an input's memory does neither. */
export function kernelWork(call: KernelCall): Work {
  const views = new Set(call.inputs.map(({ dataId }) => dataId));
  const written = call.outputs.filter(({ dataId }) => !views.has(dataId));
  const bytes = written.length === 0 && call.outputs.length > 0 ? 0 : sum([...call.inputs, ...written].map(bytesOf));
  return { operations: 0, peak: 'fp32-fma', bytes, ...ruleOf(call)?.(call) };
}

function ruleOf({ name, attributes }: KernelCall): Rule | undefined {
  return name.includes('Conv2D') && 'geometry' in attributes ? convolution : rules[name];
}

function size({ shape }: tf.TensorInfo): number {
  return shape.reduce((product, length) => product * length, 1);
}

function bytesOf(tensor: tf.TensorInfo): number {
  return size(tensor) * (tensor.dtype === 'bool' ? 1 : 4);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
