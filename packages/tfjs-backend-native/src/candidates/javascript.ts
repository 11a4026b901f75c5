import type { Candidate } from './candidate.js';

/** TensorFlow.js' own plain JavaScript: for toy sizes, and to compare with. */
export const javascriptCandidate: Candidate = {
  async find() {
    return { detail: 'plain JavaScript' };
  },
  async start() {
    await import('@tensorflow/tfjs-backend-cpu');
  },
};
