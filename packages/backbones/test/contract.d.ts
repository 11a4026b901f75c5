import { tf } from '@onebit/ops';
import type { Backbone } from '../src/backbone.js';
/** Every plan that a backbone must run under. */
export declare const plans: string[];
/** The float plan and one method of each block style: all graphs that a backbone may have. */
export declare const stylePlans: string[];
/** Images `[count, height, width, 3]` of noise. */
export declare function randomImages(height: number, width: number, count?: number): tf.Tensor4D;
/**
 * One training step's forward and backward pass: the maps are those that `featureInfo` announces (names, order, channels, sizes, sign), a finite gradient that is not 0 reaches every
 * parameter, and nothing but the parameters stays in memory.
 */
export declare function expectContract(model: Backbone, height: number, width: number): void;
//# sourceMappingURL=contract.d.ts.map
