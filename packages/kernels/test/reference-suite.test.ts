import { describe } from 'vitest';
import { referenceBitKernels } from '../src/reference/bit-kernels.js';
import { bitKernelsSuite } from './bit-kernels-suite.js';

// Compared with itself: what fails here is the suite.
describe('the suite of the bit kernels holds for the reference', () =>
  bitKernelsSuite(() => referenceBitKernels, true));
