import { type WorkloadName, type WorkloadSize, workloads } from '../../workloads/table.js';

/** A form of PyTorch's network: how its binary convolutions are written, and the order of its tensors in memory. */
export interface RivalForm {
  readonly form: 'masks' | 'function';
  readonly layout: 'nchw' | 'channels-last';
}

/** A training step of the table, and what is asked of it: ratios of the rival's time to ours. */
export interface TrainCase {
  readonly title: string;
  readonly workload: WorkloadName;
  readonly size: WorkloadSize;
  /** Every precision of our gradients that is measured; null where the comparison only informs. */
  readonly targets: Readonly<Partial<Record<'fp32' | 'bf16', number | null>>>;
  /** Largest share of the rival's peak memory; null where the comparison only informs. */
  readonly memoryLimit: number | null;
  /** Forms of the rival. The fastest is the one our times are compared with. */
  readonly forms: readonly RivalForm[];
}

/** As published code is. */
export const published: RivalForm = { form: 'masks', layout: 'nchw' };

/** Bits in place of floats between the passes ought to halve what a float simulation holds. */
const binaryMemoryLimit = 0.5;
const binaryForms: readonly RivalForm[] = [
  published,
  { form: 'function', layout: 'nchw' },
  { form: 'function', layout: 'channels-last' },
];
/** Without binarization both forms are one. */
const floatForms: readonly RivalForm[] = [
  { form: 'function', layout: 'nchw' },
  { form: 'function', layout: 'channels-last' },
];

function binary(title: string, workload: WorkloadName, targets: TrainCase['targets']): TrainCase {
  const { size } = workloads[workload];
  return { title, workload, size, targets, memoryLimit: binaryMemoryLimit, forms: binaryForms };
}

/** Steps against PyTorch's. */
export const trainCases: readonly TrainCase[] = [
  binary('Bi-Real ResNet-18, 1000 classes', 'bireal-resnet18', { fp32: 1.5, bf16: 2.2 }),
  binary('BiDet VGG-16 trunk', 'bidet-vgg16-trunk', { fp32: 1.8, bf16: 2.5 }),
  binary('SSD300-ResNet-18 mini, all terms of BiDet', 'ssd-resnet18-bidet', { fp32: 1.5, bf16: null }),
  {
    title: 'float ResNet-18, 1000 classes',
    workload: 'float-resnet18',
    size: workloads['float-resnet18'].size,
    targets: { fp32: 0.9 },
    memoryLimit: null,
    forms: floatForms,
  },
];

/** A step against another back end of ours. */
export interface WasmCase extends Pick<TrainCase, 'title' | 'workload' | 'size'> {
  readonly target: number | null;
}

/** The step against TensorFlow.js's own wasm back end, which has one thread in Node, with the gradient kernels it lacks added by us. */
export const wasmCase: WasmCase = {
  title: 'float ResNet-18, 1000 classes',
  workload: 'float-resnet18',
  size: { batch: 8, imageSize: 128 },
  target: 12,
};

/** Largest share of a step that may pass between kernels. */
export const outsideLimit = 0.08;

/** A case at another size, at which nothing is asked. */
export function resized(one: TrainCase, size: WorkloadSize): TrainCase {
  const targets = Object.fromEntries(Object.keys(one.targets).map((precision) => [precision, null]));
  return { ...one, size, targets, memoryLimit: null };
}

/** `Bi-Real ResNet-18, 224², batch 8` */
export function caseName({ title, size }: Pick<TrainCase, 'title' | 'size'>): string {
  return `${title}, ${size.imageSize}², batch ${size.batch}`;
}
