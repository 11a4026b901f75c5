import { abcnet } from './abcnet.js';
import { bidet } from './bidet.js';
import { bireal } from './bireal.js';
import { bnn } from './bnn.js';
import { cinet } from './cinet.js';
import { horq } from './horq.js';
import { irnet } from './irnet.js';
import type { Method } from './method.js';
import { xnor } from './xnor.js';

/** Every binarization method this toolkit knows. Adding one is one file and one entry here. */
export const methods = {
  bnn,
  xnor,
  bireal,
  bidet,
  abcnet,
  cinet,
  horq,
  irnet,
} satisfies Record<string, Method>;

export type MethodName = keyof typeof methods;
