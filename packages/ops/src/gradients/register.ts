import { registerBinaryOps } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { arithmeticGradients } from './arithmetic.js';
import { comparisonGradients } from './comparison.js';
import { convolutionGradients } from './convolution.js';
import { elementwiseGradients } from './elementwise.js';
import { gatherGradients } from './gather.js';
import { layoutGradients } from './layout.js';
import { matrixGradients } from './matrix.js';
import { normalizationGradients } from './normalization.js';
import { poolingGradients } from './pooling.js';
import { reductionGradients } from './reduction.js';
import { resizeGradients } from './resize.js';

const gradients: readonly tf.GradConfig[] = [
  ...arithmeticGradients,
  ...elementwiseGradients,
  ...comparisonGradients,
  ...reductionGradients,
  ...matrixGradients,
  ...layoutGradients,
  ...convolutionGradients,
  ...poolingGradients,
  ...gatherGradients,
  ...normalizationGradients,
  ...resizeGradients,
];

/**
 * Registers the gradient of every TensorFlow.js kernel the toolkit differentiates, in place of any that is there: in Node tfjs-core comes
 * without gradients, and several of its own are missing or wrong (dilated convolution, average pooling, resizing, minimum and maximum with
 * broadcasting). Also switches TensorFlow.js to production mode. May be called any number of times.
 */
export function registerGradients(): void {
  tf.enableProdMode();
  registerBinaryOps();
  for (const config of gradients) {
    const present = tf.getGradient(config.kernelName);
    if (present === config) continue;
    if (present != null) tf.unregisterGradient(config.kernelName);
    tf.registerGradient(config);
  }
}
