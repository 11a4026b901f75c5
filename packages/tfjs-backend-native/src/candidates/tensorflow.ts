import * as tf from '@tensorflow/tfjs-core';
import { type Candidate, isNotInstalled } from './candidate.js';

/** The package with CUDA first. Optional peers, not in our dependencies. */
const modules = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/** TensorFlow's C library, where a user has installed one of its packages beside onebit. */
export function tensorflowCandidate(load = (module: string): Promise<unknown> => import(module)): Candidate {
  return {
    async find() {
      const failures: string[] = [];
      for (const module of modules) {
        try {
          await load(module);
          if (tf.engine().registryFactory.tensorflow !== undefined) return { detail: module };
          failures.push(`${module} uses another copy of @tensorflow/tfjs-core; install version ${tf.version_core}`);
        } catch (error) {
          failures.push(isNotInstalled(error, module) ? `${module} is not installed` : `${module}: ${error}`);
        }
      }
      throw new Error(failures.join('; '));
    },
    async start() {}, // the package registers itself when it is loaded
  };
}
