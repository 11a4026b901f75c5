import { onBitsSuite } from '../../kernels/test/tfjs-suite.js';
import { eachBackEnd } from './back-ends.js';

eachBackEnd((start, name) => onBitsSuite(name, start), ['native', 'wasm']);
