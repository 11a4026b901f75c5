import type { Dispatch, Held, InputArray } from './dispatch.js';
import { uniformMembers, workgroupSize } from './wgsl/shader.js';

/** What TensorFlow.js knows of a tensor. */
export interface TensorInfo {
  readonly dataId: object;
  readonly shape: number[];
  readonly dtype: 'float32' | 'int32' | 'bool' | 'complex64' | 'string';
}

/** A tensor in place of an array. */
export interface HeldTensor extends Held {
  readonly tensor: TensorInfo;
}

/** A program of TensorFlow.js's WebGPU back end, and what it runs on: the arguments of its `runWebGPUProgram`. */
export interface TensorProgram {
  readonly program: {
    readonly outputShape: number[];
    readonly variableNames: string[];
    readonly variableComponents: number[];
    readonly workgroupSize: [number, number, number];
    readonly dispatchLayout: { x: number[] };
    readonly dispatch: [number, number, number];
    readonly uniforms: string;
    readonly shaderKey: string;
    getUserCode(): string;
  };
  readonly inputs: TensorInfo[];
  readonly uniforms: { type: 'int32' | 'float32'; data: number[] }[];
}

/** The same shader in the form that TensorFlow.js runs: it declares the arrays by the types of the tensors, and calls `main` with a flat index. */
export function tensorProgram({ body, uniforms, inputs, output, columns, rows }: Dispatch<HeldTensor>): TensorProgram {
  if (output.element === 'atomic<u32>') throw new Error('tensors hold neither bytes nor bits of outputs');
  const { shape } = output.held.tensor;
  const { int, float = {} } = uniforms;
  const program: TensorProgram['program'] = {
    outputShape: shape,
    variableNames: inputs.map(({ name }) => name),
    variableComponents: inputs.map(({ element }) => (element === 'vec4<i32>' ? 4 : 1)),
    workgroupSize: [workgroupSize, 1, 1],
    dispatchLayout: { x: shape.map((_, axis) => axis) },
    dispatch: [Math.ceil((columns * rows) / workgroupSize), 1, 1],
    uniforms: `columns: i32, rows: i32, ${uniformMembers(uniforms)}`,
    // Pipelines are kept by this key: nothing but the text tells two of them apart.
    shaderKey: `onebit ${body}`,
    getUserCode: () => `${body}
fn main(index: i32) {
  if (index < uniforms.columns * uniforms.rows) { item(index % uniforms.columns, index / uniforms.columns); }
}
`,
  };
  const ints = [columns, rows, ...Object.values(int)].map((value) => ({ type: 'int32' as const, data: [value] }));
  const floats = Object.values(float).map((value) => ({ type: 'float32' as const, data: [value] }));
  return { program, inputs: inputs.map(tensorOf), uniforms: [...ints, ...floats] };
}

function tensorOf({ name, held }: InputArray<HeldTensor>): TensorInfo {
  const parts = 'tensor' in held ? [held] : held;
  const [only, ...others] = parts;
  if (others.length > 0 || !('tensor' in only)) throw new Error(`a program reads ${name} from one tensor`);
  return only.tensor;
}
