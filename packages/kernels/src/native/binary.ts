export type BinaryKernels = {};
