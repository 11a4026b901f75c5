export type ConvKernels = {};
