export { replaceFile, writeFileAtomic } from './atomic-file.js';
export { type ErrorCode, OnebitError, isUserError, shapeError, suggest, unknownName } from './errors.js';
export { hashSeed, Random, type RandomState } from './random.js';
export { type DType, type TensorData, type TensorFile, decodeSafetensors, encodeSafetensors } from './safetensors.js';
