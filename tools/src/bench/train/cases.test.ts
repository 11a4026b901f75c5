import { expect, test } from 'vitest';
import { caseName, published, resized, trainCases } from './cases.js';

test('every case has a name of its own, says its size, and lets the published form compete where there are two', () => {
  const names = trainCases.map(caseName);
  expect(new Set(names).size).toBe(names.length);
  expect(names[0]).toBe('Bi-Real ResNet-18, 1000 classes, 224², batch 8');
  for (const { forms, memoryLimit } of trainCases) expect(forms.includes(published)).toBe(memoryLimit !== null);
});

test('at another size a case keeps its precisions and asks for nothing', () => {
  const small = resized(trainCases[0], { batch: 2, imageSize: 64 });
  expect(small).toMatchObject({ targets: { fp32: null, bf16: null }, memoryLimit: null });
  expect(caseName(small)).toBe('Bi-Real ResNet-18, 1000 classes, 64², batch 2');
});
