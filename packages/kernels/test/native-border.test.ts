import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conv2dGeometry } from '../src/geometry.js';
import type { NativeKernels } from '../src/native/load.js';
import { eachKernelSet } from './kernel-sets.js';

// What JavaScript may pass by mistake: every call must work or throw an error that can be caught. Whether it read or wrote outside of an array only a run with
// sanitizers tells (npm run test:asan).

const channels = 40;
const outputs = 33;
const size = 4;
const words = Math.ceil(channels / 32);
const geometry = conv2dGeometry([1, size, size, channels], [3, 3, channels, outputs]);
const depthwise = conv2dGeometry([1, size, size, channels], [3, 3, 1, channels], { groups: channels });
const pool = conv2dGeometry([1, size, size, channels], [2, 2, channels, channels], { strides: 2 });

const bits = (count: number) => new Int32Array(count);
const floats = (count: number) => new Float32Array(count).fill(1);
const x = () => bits(size * size * words);
const filter = () => bits(outputs * 9 * words);
const reading = { padValue: 0, levels: 'pm1' } as const;

/** Correct arguments of each function, fresh for every call. */
const calls = (native: NativeKernels): Record<string, () => unknown[]> => ({
  packBits: () => [
    floats(size * size * channels),
    x(),
    channels,
    'pm1',
    { values: floats(channels), flip: new Uint8Array(channels) },
  ],
  unpackBits: () => [x(), floats(size * size * channels), channels, 'zero-one'],
  packFilter: () => [floats(9 * channels * outputs), filter(), 9, channels, outputs],
  packMask: () => [floats(size * size * channels), x(), channels, 'clip'],
  prepareFilter: () => [filter(), { ...geometry }],
  binaryMatMul: () => [bits(3 * words), bits(5 * words), bits(15), channels, 'pm1'],
  binaryConv2dSum: () => [
    [
      { x: x(), filter: filter(), scale: floats(outputs) },
      { x: x(), filter: native.prepareFilter(filter(), geometry), scale: null },
    ],
    { ...geometry },
    { ...reading },
    {
      offset: floats(outputs),
      activation: { kind: 'rprelu', shiftIn: floats(outputs), slope: floats(outputs), shiftOut: floats(outputs) },
      residual: { values: floats(size * size * outputs), position: 'after' },
    },
    { type: 'bits', y: bits(size * size * 2), levels: 'pm1', threshold: { values: floats(outputs) } },
  ],
  binaryDepthwiseConv2d: () => [
    { x: x(), filter: bits(9 * words), scale: null },
    { ...depthwise },
    { ...reading },
    { activation: { kind: 'clip', low: -1, high: 1 } },
    { type: 'int8', y: new Int8Array(size * size * channels), inverseStep: 0.5, zeroPoint: 3 },
  ],
  maxPoolBits: () => [x(), bits(4 * words), { ...pool }, 'pm1'],
  binaryConv2dBackpropInput: () => [
    floats(size * size * outputs),
    filter(),
    floats(outputs),
    x(),
    floats(size * size * channels),
    { ...geometry },
    'fp32',
  ],
  binaryConv2dBackpropFilter: () => [
    x(),
    floats(size * size * outputs),
    floats(9 * channels * outputs),
    { ...geometry },
    { ...reading },
    'fp32',
  ],
  binaryScaleGradient: () => [floats(9 * channels * outputs), filter(), floats(outputs), 9, channels],
  conv2dFused: () => [
    floats(size * size * channels),
    native.prepareConvFilter(floats(9 * channels * outputs), geometry),
    floats(size * size * outputs),
    { ...geometry },
    { offset: floats(outputs) },
  ],
  conv2dInt8: () => [
    {
      x: new Int8Array(size * size * channels),
      zeroPoint: 0,
      filter: native.prepareInt8Filter(new Int8Array(9 * channels * outputs), geometry),
      scale: floats(outputs),
    },
    { ...geometry },
    {},
    { type: 'float32', y: floats(size * size * outputs) },
  ],
});

type Typed = Float32Array | Int32Array | Int8Array | Uint8Array;

function detached(array: Typed): Typed {
  if (array.length === 0) return array;
  const copy = array.slice();
  structuredClone(copy, { transfer: [copy.buffer] });
  return copy;
}

/** Without its first element; what is detached already stays as it is. */
const shortened = (array: Typed): Typed => (array.length === 0 ? array : array.subarray(1));

/** What takes the place of a value. */
const hostile: readonly ((value: unknown) => unknown)[] = [
  () => undefined,
  () => null,
  () => Number.NaN,
  () => -1,
  () => 0,
  () => 1.5,
  () => 2 ** 31,
  () => 2 ** 53,
  () => 'pm1 ',
  () => ({}),
  () => [],
  () => 1n,
  () => Symbol('x'),
  (value) => (ArrayBuffer.isView(value) ? detached(value as Typed) : true),
  (value) => (ArrayBuffer.isView(value) ? shortened(value as Typed) : () => 0),
  (value) => (ArrayBuffer.isView(value) ? new Float64Array((value as Typed).length) : new Float32Array(0)),
  (value) => (ArrayBuffer.isView(value) ? new Uint8Array((value as Typed).length) : Number.POSITIVE_INFINITY),
];

/** All places in the arguments, arrays and objects themselves included. */
function places(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [path];
  const inner = Object.entries(value).flatMap(([key, entry]) => places(entry, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

function replace(target: unknown, [key, ...rest]: readonly string[], change: (value: unknown) => unknown): void {
  const holder = target as Record<string, unknown>;
  if (rest.length === 0) holder[key] = change(holder[key]);
  else replace(holder[key], rest, change);
}

eachKernelSet('the border of the add-on', (native) => {
  test('every call works or throws', () => {
    const names = Object.keys(calls(native()));
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: hostile.length - 1 })), { maxLength: 2 });
    fc.assert(
      fc.property(fc.constantFrom(...names), changes, (name, list) => {
        const args = calls(native())[name]();
        for (const [place, kind] of list) {
          const all = places(args);
          replace(args, all[place % all.length], hostile[kind]);
        }
        const call = native()[name as keyof NativeKernels] as (...args: unknown[]) => unknown;
        try {
          call.apply(native(), args);
        } catch (error) {
          // A property of nothing, or arithmetic on a symbol or a BigInt, is JavaScript's own error.
          if (error instanceof TypeError) expect(error.message).toMatch(/null|undefined|Symbol|BigInt/);
          else expect(error).toMatchObject({ name: 'OnebitError', code: expect.stringMatching(/^ERR_/) });
        }
      }),
      { numRuns: 1000 },
    );
  });

  test.each(Object.keys(calls({} as NativeKernels)))('%s works on correct arguments', (name) => {
    const call = native()[name as keyof NativeKernels] as (...args: unknown[]) => unknown;
    expect(() => call.apply(native(), calls(native())[name]())).not.toThrow();
  });
});
