import { abcnet } from './abcnet.js';
import { adabin } from './adabin.js';
import { bidet } from './bidet.js';
import { binaryduo, binaryduoCoupled } from './binaryduo.js';
import { bireal } from './bireal.js';
import { bnext } from './bnext.js';
import { bnn } from './bnn.js';
import { bnnplus } from './bnnplus.js';
import { bonn } from './bonn.js';
import { cbcn } from './cbcn.js';
import { cinet } from './cinet.js';
import { dorefa, dorefa2, dorefa4, dorefa8 } from './dorefa.js';
import { dsq } from './dsq.js';
import { fda } from './fda.js';
import { groupnet } from './groupnet.js';
import { horq } from './horq.js';
import { irnet } from './irnet.js';
import { lab } from './lab.js';
import type { Method } from './method.js';
import { pcnn } from './pcnn.js';
import { pokebnn } from './pokebnn.js';
import { rbcn } from './rbcn.js';
import { reactnet } from './reactnet.js';
import { real2binary } from './real2binary.js';
import { recu } from './recu.js';
import { ternary } from './ternary.js';
import { xnor } from './xnor.js';
import { xnorpp } from './xnorpp.js';

/** Every binarization method this toolkit knows. Adding one is one file and one entry here. */
export const methods = {
  bnn,
  xnor,
  bireal,
  bidet,
  abcnet,
  bnnplus,
  xnorpp,
  bonn,
  rbcn,
  cinet,
  pcnn,
  cbcn,
  dorefa,
  'dorefa-2bit': dorefa2,
  'dorefa-4bit': dorefa4,
  'dorefa-8bit': dorefa8,
  ternary,
  horq,
  irnet,
  dsq,
  lab,
  fda,
  real2binary,
  reactnet,
  'binaryduo-coupled': binaryduoCoupled,
  binaryduo,
  recu,
  adabin,
  bnext,
  pokebnn,
  groupnet,
} satisfies Record<string, Method>;

export type MethodName = keyof typeof methods;
