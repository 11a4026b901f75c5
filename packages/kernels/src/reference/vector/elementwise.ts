import type {
  ArithmeticOp,
  CompareOp,
  ElementwiseKernels,
  NumberArray,
  Shape,
  TensorArray,
  TestOp,
  UnaryGradientOp,
  UnaryOp,
} from '../../native/vector/elementwise.js';
import { forEachIndex, stridesOf } from './indexing.js';

type Unary = (x: number, a: number, b: number) => number;
type Binary = (a: number, b: number) => number;

/** Definition of every function of one value, in float64. */
export const unaryFunctions: Record<UnaryOp, Unary> = {
  abs: Math.abs,
  neg: (x) => -x,
  square: (x) => x * x,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  reciprocal: (x) => 1 / x,
  sign: (x) => (x > 0 ? 1 : x < 0 ? -1 : 0),
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfToEven,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  tanh: Math.tanh,
  sin: Math.sin,
  cos: Math.cos,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  relu: (x) => Math.max(x, 0),
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  step: (x, a) => (Number.isNaN(x) ? x : x > 0 ? 1 : a),
  elu: (x) => (x < 0 ? Math.expm1(x) : x),
  leakyRelu: (x, a) => (x < 0 ? a * x : x),
  clipByValue: (x, a, b) => Math.min(Math.max(x, a), b),
  smoothL1: (x) => (Math.abs(x) < 1 ? (x * x) / 2 : Math.abs(x) - 0.5),
  signPm1: (x) => (x >= 0 ? 1 : -1),
  sign01: (x) => (x > 0 ? 1 : 0),
};

function roundHalfToEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

/** Definition of every gradient: g arrives from above, s is what was saved. */
export const unaryGradients: Record<UnaryGradientOp, (g: number, s: number, a: number, b: number) => number> = {
  abs: (g, s) => (s > 0 ? g : s < 0 ? -g : 0),
  square: (g, s) => 2 * s * g,
  relu: (g, s) => (s > 0 ? g : 0),
  relu6: (g, s) => (s > 0 && s < 6 ? g : 0),
  leakyRelu: (g, s, a) => (s > 0 ? g : a * g),
  clipByValue: (g, s, a, b) => (s >= a && s <= b ? g : 0),
  smoothL1: (g, s) => g * Math.min(Math.max(s, -1), 1),
  elu: (g, s) => (s >= 0 ? g : g * (s + 1)),
  sigmoid: (g, s) => g * s * (1 - s),
  tanh: (g, s) => g * (1 - s * s),
  clip: (g, s) => (Math.abs(s) <= 1 ? g : 0),
  clipOpen: (g, s) => (Math.abs(s) < 1 ? g : 0),
  tri: (g, s) => (Math.abs(s) < 1 ? g * (2 - 2 * Math.abs(s)) : 0),
  ede: (g, s, a) => g * (1 - Math.tanh(a * s) ** 2) * Math.max(1, a),
  fourier: (g, s, a, b) => (Math.abs(s) <= 1 ? (g * 4 * a * cosines(a * s, b)) / Math.PI : 0),
};

/** Sum of cos((2i + 1) x) over `terms` terms. */
function cosines(x: number, terms: number): number {
  let sum = 0;
  for (let i = 0; i < terms; i++) sum += Math.cos((2 * i + 1) * x);
  return sum;
}

/** Definition of every function of two values; int32 results wrap when stored. */
export const arithmeticFunctions: Record<ArithmeticOp, Binary> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  multiply: (a, b) => a * b,
  realDiv: (a, b) => a / b,
  squaredDifference: (a, b) => (a - b) * (a - b),
  maximum: Math.max,
  minimum: Math.min,
  pow: (a, b) => a ** b,
  floorDiv: (a, b) => Math.floor(a / b),
  mod: (a, b) => {
    const remainder = a % b;
    return remainder !== 0 && remainder < 0 !== b < 0 ? remainder + b : remainder;
  },
  prelu: (a, b) => (a < 0 ? a * b : a),
};

const compareFunctions: Record<CompareOp, (a: number, b: number) => boolean> = {
  greater: (a, b) => a > b,
  greaterEqual: (a, b) => a >= b,
  less: (a, b) => a < b,
  lessEqual: (a, b) => a <= b,
  equal: (a, b) => a === b,
  notEqual: (a, b) => a !== b,
  // NaN counts as true, so Boolean() would not do.
  and: (a, b) => a !== 0 && b !== 0,
  or: (a, b) => a !== 0 || b !== 0,
  xor: (a, b) => (a !== 0) !== (b !== 0),
};

const testFunctions: Record<TestOp, (x: number) => boolean> = {
  isNaN: Number.isNaN,
  isFinite: Number.isFinite,
  isInf: (x) => Math.abs(x) === Number.POSITIVE_INFINITY,
  not: (x) => x === 0,
};

/** The shape two operands are broadcast to; they must be compatible. */
export function broadcastShape(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, k) => {
    const sizeA = a[k - rank + a.length] ?? 1;
    const sizeB = b[k - rank + b.length] ?? 1;
    return sizeA === 1 ? sizeB : sizeA;
  });
}

/** For every position of the output the flat positions of both operands. */
function forEachPair(aShape: Shape, bShape: Shape, visit: (a: number, b: number, out: number) => void): void {
  const shape = broadcastShape(aShape, bShape);
  const stepsOf = (operand: Shape) => {
    const strides = stridesOf(operand);
    return shape.map((_, k) => {
      const at = k - shape.length + operand.length;
      return at < 0 || operand[at] === 1 ? 0 : strides[at];
    });
  };
  const a = stepsOf(aShape);
  const b = stepsOf(bShape);
  forEachIndex(shape, (index, out) => {
    let atA = 0;
    let atB = 0;
    index.forEach((value, k) => {
      atA += value * a[k];
      atB += value * b[k];
    });
    visit(atA, atB, out);
  });
}

function multiplyInt(op: ArithmeticOp, a: number, b: number): number {
  if (op === 'multiply') return Math.imul(a, b);
  return op === 'squaredDifference' ? Math.imul((a - b) | 0, (a - b) | 0) : arithmeticFunctions[op](a, b);
}

function unary(op: UnaryOp, x: NumberArray, y: NumberArray, a = 0, b = 0): void {
  // float64 squares of int32 values are not exact.
  const whole = x instanceof Int32Array && op === 'square';
  for (let i = 0; i < x.length; i++) y[i] = whole ? Math.imul(x[i], x[i]) : unaryFunctions[op](x[i], a, b);
}

/** Plain loops: the definition of {@link ElementwiseKernels}. Arguments are not checked. */
export const elementwiseReference: ElementwiseKernels = {
  unary,
  unaryGradient(op, dy, saved, dx, a = 0, b = 0) {
    for (let i = 0; i < dy.length; i++) dx[i] = unaryGradients[op](dy[i], saved[i], a, b);
  },
  arithmetic(op, a, aShape, b, bShape, out) {
    const whole = out instanceof Int32Array;
    forEachPair(aShape, bShape, (i, j, k) => {
      out[k] = whole ? multiplyInt(op, a[i], b[j]) : arithmeticFunctions[op](a[i], b[j]);
    });
  },
  compare(op, a, aShape, b, bShape, out) {
    forEachPair(aShape, bShape, (i, j, k) => {
      out[k] = Number(compareFunctions[op](a[i], b[j]));
    });
  },
  test(op, x, out) {
    for (let i = 0; i < x.length; i++) out[i] = Number(testFunctions[op](x[i]));
  },
  select<T extends TensorArray>(condition: Uint8Array, whenTrue: T, whenFalse: T, out: T) {
    const row = out.length / condition.length;
    for (let i = 0; i < out.length; i++) out[i] = condition[Math.floor(i / row)] ? whenTrue[i] : whenFalse[i];
  },
  addN(inputs, out) {
    for (let i = 0; i < out.length; i++) out[i] = inputs.reduce((sum, x) => sum + x[i], 0);
  },
  scale(x, scale, offset, y) {
    for (let i = 0; i < x.length; i++) y[i] = x[i] * scale + offset;
  },
  lerp(y, x, amount) {
    for (let i = 0; i < y.length; i++) y[i] += (x[i] - y[i]) * amount;
  },
  cast(x, y) {
    for (let i = 0; i < x.length; i++) y[i] = y instanceof Uint8Array ? Number(x[i] !== 0) : x[i];
  },
  fill(y, value) {
    y.fill(value);
  },
};
