import { expect, test } from 'vitest';
import { encodeModel } from './onnx.js';

test('a model has the bytes that the protobuf format asks for', () => {
  const model = encodeModel({
    operator: 'Neg',
    inputs: ['x'],
    attributes: { axis: 300, axes: [1, 2] },
    initializers: [{ name: 'w', type: 'int8', shape: [2], data: Int8Array.of(-1, 1) }],
    x: { type: 'float32', shape: [2] },
    y: { type: 'float32', shape: [] },
  });
  const text = (value: string) => [value.length, ...Buffer.from(value)];
  const axis = [0x0a, ...text('axis'), 0x18, 0xac, 0x02, 0xa0, 0x01, 2];
  const axes = [0x0a, ...text('axes'), 0x40, 1, 0x40, 2, 0xa0, 0x01, 7];
  const node = [
    0x0a,
    ...text('x'),
    0x12,
    ...text('y'),
    0x22,
    ...text('Neg'),
    0x2a,
    axis.length,
    ...axis,
    0x2a,
    axes.length,
    ...axes,
  ];
  const initializer = [0x08, 2, 0x10, 3, 0x42, ...text('w'), 0x4a, 2, 0xff, 1];
  const x = [0x0a, ...text('x'), 0x12, 10, 0x0a, 8, 0x08, 1, 0x12, 4, 0x0a, 2, 0x08, 2];
  const y = [0x0a, ...text('y'), 0x12, 6, 0x0a, 4, 0x08, 1, 0x12, 0];
  const graph = [
    ...[0x0a, node.length, ...node],
    ...[0x12, ...text('Neg')],
    ...[0x2a, initializer.length, ...initializer],
    ...[0x5a, x.length, ...x],
    ...[0x62, y.length, ...y],
  ];
  expect([...model]).toEqual([0x08, 8, 0x3a, graph.length, ...graph, 0x42, 2, 0x10, 13]);
});
