/** Values of a tensor: float32, int32, or bool (0 and 1 in a Uint8Array). */
export type TensorArray = Float32Array | Int32Array | Uint8Array;
/** Arrays that can be calculated with. */
export type NumberArray = Float32Array | Int32Array;
/** A shape of at most 6 dimensions. */
export type Shape = readonly number[];

/**
 * Functions of one value. On Float32Array all; on Int32Array `abs`, `neg`, `square`, `sign`, `relu`, `relu6`, `step`, `clipByValue`.
 *
 * NaN stays NaN except where said; -0 counts as 0. `a` and `b` are the two parameters of {@link ElementwiseKernels.unary}.
 * - `relu6` clamps to [0, 6], `clipByValue` to [a, b]; `step` is 1 for x > 0, else `a`; `sign` is -1, 0, 1 (0 for NaN, as tfjs).
 * - `round` takes halves to the even neighbour; `sqrt` and `log` of negative values are NaN.
 * - `elu` is exp(x) - 1 below 0, `leakyRelu` is a·x below 0, `softplus` is log(1 + exp(x)).
 * - `smoothL1` is x²/2 for |x| < 1, else |x| - 1/2 (Girshick, Fast R-CNN, eq. 3).
 * - `signPm1` is +1 for x >= 0 (so for -0), else -1 (so for NaN); `sign01` is 1 for x > 0, else 0.
 */
export type UnaryOp =
  | 'abs'
  | 'neg'
  | 'square'
  | 'sqrt'
  | 'rsqrt'
  | 'reciprocal'
  | 'sign'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'tanh'
  | 'sin'
  | 'cos'
  | 'sigmoid'
  | 'softplus'
  | 'relu'
  | 'relu6'
  | 'step'
  | 'elu'
  | 'leakyRelu'
  | 'clipByValue'
  | 'smoothL1'
  | 'signPm1'
  | 'sign01';

/**
 * Gradients of the functions of one value: dx = dy · f'. `saved` is the input x, or for those marked (y) the output.
 * `abs`, `square`, `relu` (x or y), `relu6`, `leakyRelu` (slope a), `clipByValue` (1 where a <= x <= b), `smoothL1`; `elu` (y), `sigmoid` (y),
 * `tanh` (y); and the estimators of the gradient of sign (binarization): `clip` 1[|x| <= 1], `clipOpen` 1[|x| < 1], `tri` max(0, 2 - 2|x|)
 * (Bi-Real Net, eq. 8), `ede` max(1, a) (1 - tanh²(a x)) (IR-Net, a > 0) and `fourier` (4a/π) times the sum over i = 0 .. b - 1 of cos((2i + 1) a x) where |x| <= 1,
 * else 0 (FDA-BNN).
 */
export type UnaryGradientOp =
  | 'abs'
  | 'square'
  | 'relu'
  | 'relu6'
  | 'leakyRelu'
  | 'clipByValue'
  | 'smoothL1'
  | 'elu'
  | 'sigmoid'
  | 'tanh'
  | 'clip'
  | 'clipOpen'
  | 'tri'
  | 'ede'
  | 'fourier';

/**
 * On Float32Array all; on Int32Array `add`, `sub`, `multiply`, `maximum`, `minimum`, `squaredDifference`, `floorDiv`, `mod` (floorDiv and mod by 0
 * give 0). `maximum` and `minimum` of a NaN are NaN. `mod` takes the sign of b. `prelu` is a for a >= 0, else a·b.
 */
export type ArithmeticOp =
  | 'add'
  | 'sub'
  | 'multiply'
  | 'realDiv'
  | 'squaredDifference'
  | 'maximum'
  | 'minimum'
  | 'pow'
  | 'floorDiv'
  | 'mod'
  | 'prelu';

/** Comparisons of Float32Array, Int32Array or Uint8Array pairs; a NaN makes all but `notEqual` false. `and`, `or` and `xor` take non-zero as true. */
export type CompareOp = 'greater' | 'greaterEqual' | 'less' | 'lessEqual' | 'equal' | 'notEqual' | 'and' | 'or' | 'xor';

/** Tests of one value; `not` (also of Uint8Array) is true for 0. */
export type TestOp = 'isNaN' | 'isFinite' | 'isInf' | 'not';

/**
 * Element-wise kernels. Inputs and outputs may be the same array (not partly overlapping ones). An operand of a broadcasting function has at most
 * 6 dimensions, missing leading ones count as 1; the output has the broadcast shape.
 */
export interface ElementwiseKernels {
  /** y = f(x), same length and type. Parameters default to 0. */
  unary(op: UnaryOp, x: NumberArray, y: NumberArray, a?: number, b?: number): void;
  /** dx = dy · f'(saved), all of the same length. */
  unaryGradient(
    op: UnaryGradientOp,
    dy: Float32Array,
    saved: Float32Array,
    dx: Float32Array,
    a?: number,
    b?: number,
  ): void;
  /** out = a op b with broadcasting; all of one type. */
  arithmetic(op: ArithmeticOp, a: NumberArray, aShape: Shape, b: NumberArray, bShape: Shape, out: NumberArray): void;
  /** out = a op b with broadcasting, 1 or 0; a and b of one type. */
  compare(op: CompareOp, a: TensorArray, aShape: Shape, b: TensorArray, bShape: Shape, out: Uint8Array): void;
  /** out = 1 where the test holds, else 0. */
  test(op: TestOp, x: TensorArray, out: Uint8Array): void;
  /**
   * out = condition ? whenTrue : whenFalse. `condition` has either one entry per element or one per row of `length / condition.length` elements
   * (tfjs `where` with a vector condition).
   */
  select<T extends TensorArray>(condition: Uint8Array, whenTrue: T, whenFalse: T, out: T): void;
  /** out = sum of at least one array, added from first to last. */
  addN(inputs: readonly Float32Array[], out: Float32Array): void;
  /** y = x · scale + offset */
  scale(x: Float32Array, scale: number, offset: number, y: Float32Array): void;
  /** y += (x - y) · amount, in place: exponential moving averages. */
  lerp(y: Float32Array, x: Float32Array, amount: number): void;
  /** Converts between the three types: to int32 towards zero and modulo 2³² (NaN and infinities give 0), to bool 1 for everything but 0. */
  cast(x: TensorArray, y: TensorArray): void;
  /** Every entry becomes `value` (converted as by an assignment to the array). */
  fill(y: TensorArray, value: number): void;
}
