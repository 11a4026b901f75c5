export { NativeBackend, type NativeMemory } from './backend.js';
export { type BackendName, backendNames } from './candidates/candidate.js';
export { gradientPrecision, gradientPrecisions, setGradientPrecision } from './gradient-precision.js';
export { type StepUse, type TracedStep, useOfBatch } from './memory/use-trace.js';
export { type KernelCall, type KernelProfile, profileKernels } from './profile.js';
export { nativeBackendName, registerNativeBackend } from './register.js';
export { type BackendProbe, type BackendReport, probeBackends, selectBackend } from './select-backend.js';
export { registerWasmBitKernels } from './wasm/bit-kernels.js';
export { registerWasmTrainingKernels } from './wasm/training-kernels.js';
