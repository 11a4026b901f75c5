import type { TensorData, TensorFile } from '../../packages/common/src/index.js';

/** Truth and prediction of one image of a golden file. */
export interface MapPair {
  readonly truth: Uint8Array | Int32Array;
  readonly prediction: Uint8Array | Int32Array;
  readonly height: number;
  readonly width: number;
}

/** The pairs of maps `<truth>`, `<prediction>` or `<truth>0`, `<prediction>0`, `<truth>1`, ... of a file, as many as there are. */
export function pairsOf(file: TensorFile, truth: string, prediction: string): MapPair[] {
  const names = ['', ...Array.from(file.tensors.keys(), (_, i) => String(i))];
  return names.flatMap((suffix) => {
    const [t, p] = [file.tensors.get(truth + suffix), file.tensors.get(prediction + suffix)];
    if (t === undefined || p === undefined) return [];
    const [height, width] = t.shape;
    return [{ truth: mapOf(t), prediction: mapOf(p), height, width }];
  });
}

/** The elements of a tensor as numbers. */
export function numbersOf({ data }: TensorData): number[] {
  return Array.from(data as ArrayLike<number | bigint>, Number);
}

function mapOf({ data }: TensorData): Uint8Array | Int32Array {
  return data instanceof Uint8Array ? data : Int32Array.from(data as ArrayLike<number>);
}
