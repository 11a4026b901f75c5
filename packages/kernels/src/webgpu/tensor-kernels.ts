import { checkedBitKernels } from '../checks/bit-kernels.js';
import type { BitKernels } from '../transform.js';
import { filterLayout, HeldArguments } from './checks.js';
import type { ArgumentsOver, Dispatch, GpuOperation } from './dispatch.js';
import { operations } from './operations/index.js';
import { type HeldTensor, type TensorInfo, type TensorProgram, tensorProgram } from './programs.js';

/** What the kernels need of TensorFlow.js's WebGPU back end. */
export interface TensorBackend {
  runWebGPUProgram(
    program: TensorProgram['program'],
    inputs: TensorInfo[],
    outputDtype: TensorInfo['dtype'],
    uniforms: TensorProgram['uniforms'],
    output: TensorInfo,
  ): TensorInfo;
  makeTensorInfo(shape: number[], dtype: 'float32' | 'int32'): TensorInfo;
  disposeData(dataId: object): boolean;
}

type TensorKernels = { readonly [Name in GpuOperation]: (...args: ArgumentsOver<HeldTensor, Name>) => void };

/** A tensor in place of an array, as the kernels of {@link tensorKernels} take it. */
export function heldTensor(tensor: TensorInfo): HeldTensor {
  return { tensor, size: 4 * tensor.shape.reduce((product, size) => product * size, 1) };
}

/**
 * The kernels on tensors of TensorFlow.js's WebGPU back end. Tensors are float32 or int32, so outputs are `float32` or `dots`, and a sum of terms has no
 * transform. The work joins the queue of the back end; what the device rejects is an `uncapturederror` of the device.
 */
export function tensorKernels(backend: TensorBackend): TensorKernels {
  const run = (dispatch: Dispatch<HeldTensor>) => {
    const { program, inputs, uniforms } = tensorProgram(dispatch);
    const { tensor } = dispatch.output.held;
    backend.runWebGPUProgram(program, inputs, tensor.dtype, uniforms, tensor);
  };
  const runs = Object.entries(operations).map(([name, operation]) => {
    const dispatchOf = operation as (...args: never[]) => Dispatch<HeldTensor>;
    return [name, (...args: never[]) => run(dispatchOf(...args))] as const;
  });
  const kernels = Object.fromEntries(runs) as TensorKernels;
  const summing = { ...kernels, binaryConv2dSum: termByTerm(backend, kernels.binaryConv2dSum) };
  return checkedBitKernels(filterLayout, summing as unknown as BitKernels, HeldArguments) as unknown as TensorKernels;
}

/** A program reads whole tensors, so each term runs by itself, with the sum of those before it as its residual: the same additions in the same order. */
function termByTerm(
  backend: TensorBackend,
  single: TensorKernels['binaryConv2dSum'],
): TensorKernels['binaryConv2dSum'] {
  return (terms, geometry, reading, transform, output) => {
    if (terms.length > 1 && Object.keys(transform).length > 0)
      throw new Error('tensors are summed without a transform');
    let sum: HeldTensor | undefined;
    for (const [i, term] of terms.entries()) {
      const last = i === terms.length - 1;
      const partial = last ? output.y : heldTensor(backend.makeTensorInfo(output.y.tensor.shape, 'float32'));
      const before = sum && { residual: { values: sum, position: 'before' as const } };
      const target = last ? output : { type: 'float32' as const, y: partial };
      single([term], geometry, reading, before ?? transform, target);
      if (sum !== undefined) backend.disposeData(sum.tensor.dataId);
      sum = partial;
    }
  };
}
