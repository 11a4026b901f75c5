export { replaceFile, writeFileAtomic } from './atomic-file.js';
export { codeOf, type ErrorCode, isUserError, OnebitError, shapeError, suggest, unknownName } from './errors.js';
export { hashSeed, Random, type RandomState } from './random.js';
export { type DType, decodeSafetensors, encodeSafetensors, type TensorData, type TensorFile } from './safetensors.js';
