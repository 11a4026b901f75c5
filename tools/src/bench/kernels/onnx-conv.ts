import { type Conv2dGeometry, filterShape, inputShape, outputShape } from '@onebit/kernels';
import type { Rival } from './case.js';
import type { Initializer, OneNodeModel } from './onnx.js';
import { findOnnxRuntime, type OnnxArray, openSession } from './onnxruntime.js';
import { repeated } from './turns.js';

/** An onnxruntime rival that is ready to take turns; `output` is `[N, H', W', O]` after a run. */
export interface OnnxConv {
  readonly rival: Rival;
  output(): OnnxArray;
  release(): Promise<void>;
}

/** Float operands of a convolution as onebit has them: x `[N, H, W, C]`, filter `[kh, kw, C / groups, O]`, bias `[O]`. */
export interface ConvOperands {
  readonly geometry: Conv2dGeometry;
  readonly x: Float32Array;
  readonly filter: Float32Array;
  readonly bias: Float32Array;
}

/** `Conv` in float32. Null with a rival that says so where onnxruntime is not installed. */
export async function onnxFloatConv({ geometry: g, x, filter, bias }: ConvOperands, target: number | null) {
  const y = new Float32Array(outputShape(g).reduce((a, b) => a * b));
  const model: OneNodeModel = {
    operator: 'Conv',
    inputs: ['x', 'filter', 'bias'],
    attributes: attributes(g),
    initializers: [
      { name: 'filter', type: 'float32', shape: onnxFilterShape(g), data: toOihw(filter, g) },
      { name: 'bias', type: 'float32', shape: [g.outChannels], data: bias },
    ],
    x: { type: 'float32', shape: toNchwShape(inputShape(g)) },
    y: { type: 'float32', shape: toNchwShape(outputShape(g)) },
  };
  return open('onnxruntime fp32 Conv', model, toNchw(x, inputShape(g)), y, target);
}

/** Steps and zero points of a quantized convolution: real = step * (integer - zero point). Weights: real = weightStep * integer. */
interface Int8Steps {
  readonly x: number;
  readonly xZero: number;
  readonly weight: number;
  readonly y: number;
  readonly yZero: number;
}

/** `QLinearConv` with uint8 activations and int8 weights, the pair that VNNI multiplies. x and the filter hold integers of those types. */
export async function onnxInt8Conv(
  { geometry: g, x, filter }: Pick<ConvOperands, 'geometry'> & { x: Uint8Array; filter: Int8Array },
  steps: Int8Steps,
  target: number | null,
) {
  const y = new Uint8Array(outputShape(g).reduce((a, b) => a * b));
  const scalar = (name: string, value: number): Initializer => ({
    name,
    type: 'float32',
    shape: [],
    data: Float32Array.of(value),
  });
  const model: OneNodeModel = {
    operator: 'QLinearConv',
    inputs: ['x', 'x_step', 'x_zero', 'filter', 'weight_step', 'weight_zero', 'y_step', 'y_zero'],
    attributes: attributes(g),
    initializers: [
      scalar('x_step', steps.x),
      { name: 'x_zero', type: 'uint8', shape: [], data: Uint8Array.of(steps.xZero) },
      { name: 'filter', type: 'int8', shape: onnxFilterShape(g), data: toOihw(filter, g) },
      scalar('weight_step', steps.weight),
      { name: 'weight_zero', type: 'int8', shape: [], data: Int8Array.of(0) },
      scalar('y_step', steps.y),
      { name: 'y_zero', type: 'uint8', shape: [], data: Uint8Array.of(steps.yZero) },
    ],
    x: { type: 'uint8', shape: toNchwShape(inputShape(g)) },
    y: { type: 'uint8', shape: toNchwShape(outputShape(g)) },
  };
  return open('onnxruntime int8 QLinearConv', model, toNchw(x, inputShape(g)), y, target);
}

async function open(
  name: string,
  model: OneNodeModel,
  x: OnnxArray,
  y: OnnxArray,
  target: number | null,
): Promise<OnnxConv> {
  const runtime = findOnnxRuntime();
  if (typeof runtime === 'string') {
    return {
      rival: { name, target, contestant: { missing: runtime } },
      output: () => y,
      release: async () => undefined,
    };
  }
  const session = await openSession(runtime, model, x, y);
  await session.run();
  return {
    rival: { name, target, contestant: repeated(session.run) },
    output: () => toNhwc(y, model.y.shape),
    release: session.release,
  };
}

function attributes(g: Conv2dGeometry) {
  return {
    kernel_shape: [g.kernelHeight, g.kernelWidth],
    strides: [g.strideHeight, g.strideWidth],
    dilations: [g.dilationHeight, g.dilationWidth],
    pads: [g.padTop, g.padLeft, g.padBottom, g.padRight],
    group: g.groups,
  };
}

const toNchwShape = ([n, h, w, c]: readonly number[]) => [n, c, h, w];

const onnxFilterShape = (g: Conv2dGeometry) => [g.outChannels, g.inChannels / g.groups, g.kernelHeight, g.kernelWidth];

/** `[N, H, W, C]` to `[N, C, H, W]`: the last axis becomes the second. */
function toNchw<T extends OnnxArray>(x: T, [n, h, w, c]: readonly number[]): T {
  return transposeMatrices(x, n, h * w, c);
}

function toNhwc<T extends OnnxArray>(y: T, [n, c, h, w]: readonly number[]): T {
  return transposeMatrices(y, n, c, h * w);
}

/** `[kh, kw, I, O]` to `[O, I, kh, kw]`. */
function toOihw<T extends OnnxArray>(filter: T, g: Conv2dGeometry): T {
  const [kh, kw, inputs, outputs] = filterShape(g);
  const byOutput = transposeMatrices(filter, 1, kh * kw * inputs, outputs);
  return transposeMatrices(byOutput, outputs, kh * kw, inputs);
}

/** Transposes each of `count` matrices `[rows, columns]`. */
function transposeMatrices<T extends OnnxArray>(from: T, count: number, rows: number, columns: number): T {
  const to = from.slice() as T;
  for (let m = 0; m < count; m++) {
    const start = m * rows * columns;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) to[start + c * rows + r] = from[start + r * columns + c];
    }
  }
  return to;
}
