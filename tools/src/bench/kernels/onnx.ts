/**
 * Models of one node in ONNX's protobuf format, written by hand: a benchmark needs nothing that would pay for a schema compiler.
 * Field numbers are those of onnx.proto (IR version 8, operator set 13).
 */

type Field = readonly [number: number, value: number | string | Uint8Array | readonly Uint8Array[]];

/** A protobuf message. Numbers are written as varints, arrays as repeated fields. */
function message(...fields: readonly Field[]): Uint8Array {
  return Buffer.concat(
    fields.flatMap(([number, value]) => (isList(value) ? value : [value]).map((v) => field(number, v))),
  );
}

function isList(value: Field[1]): value is readonly Uint8Array[] {
  return Array.isArray(value);
}

function field(number: number, value: number | string | Uint8Array): Uint8Array {
  if (typeof value === 'number') return Buffer.concat([varint(number << 3), varint(value)]);
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

/** Whole numbers below 2^53 that are not negative, seven bits at a time. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}

const elementTypes = { float32: 1, uint8: 2, int8: 3 } as const;
type ElementType = keyof typeof elementTypes;

/** A tensor that is part of the model. Scalars have no dimensions. */
export interface Initializer {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Uint8Array | Int8Array;
}

/** Input `x` and output `y` of the model. */
interface TensorType {
  readonly type: ElementType;
  readonly shape: readonly number[];
}

export interface OneNodeModel {
  readonly operator: string;
  /** Names of `x` and of initializers, in the operator's order. */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, number | readonly number[]>>;
  readonly initializers: readonly Initializer[];
  readonly x: TensorType;
  readonly y: TensorType;
}

/** The bytes of the model file. */
export function encodeModel({ operator, inputs, attributes, initializers, x, y }: OneNodeModel): Uint8Array {
  const node = message(
    ...inputs.map((name): Field => [1, name]),
    [2, 'y'],
    [4, operator],
    [5, Object.entries(attributes).map(encodeAttribute)],
  );
  const graph = message(
    [1, node],
    [2, operator],
    [5, initializers.map(encodeInitializer)],
    [11, encodeValue('x', x)],
    [12, encodeValue('y', y)],
  );
  const operatorSet = message([2, 13]);
  return message([1, 8], [7, graph], [8, operatorSet]);
}

function encodeAttribute([name, value]: readonly [string, number | readonly number[]]): Uint8Array {
  const [int, ints] = [2, 7];
  return typeof value === 'number'
    ? message([1, name], [3, value], [20, int])
    : message([1, name], ...value.map((v): Field => [8, v]), [20, ints]);
}

function encodeInitializer({ name, type, shape, data }: Initializer): Uint8Array {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message(...shape.map((size): Field => [1, size]), [2, elementTypes[type]], [8, name], [9, raw]);
}

function encodeValue(name: string, { type, shape }: TensorType): Uint8Array {
  const dimensions = shape.map((size) => message([1, size]));
  const tensor = message([1, elementTypes[type]], [2, message([1, dimensions])]);
  return message([1, name], [2, message([1, tensor])]);
}
