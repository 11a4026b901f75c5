/** TensorFlow.js itself, as the packages above see it; nobody above this package imports `@tensorflow/*`. */
export * as tf from '@tensorflow/tfjs-core';
