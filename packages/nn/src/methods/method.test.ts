import { describe, expect, test } from 'vitest';
import { type Method, methodWarnings, withOptions } from './method.js';
import { methods } from './table.js';

describe('methods', () => {
  test.each(Object.entries(methods) as [string, Method][])(
    '%s is filed under its name and fully described',
    (key, method) => {
      expect(method.name).toBe(key);
      const { forward, activationGradient, weightGradient, block, differences, recipe } = method.text;
      for (const text of [forward, activationGradient, weightGradient, block, ...differences, ...recipe]) {
        expect(text).toMatch(/\.$/);
      }
      expect(method.citation.arxiv).toMatch(/^\d{4}\.\d{5}$/);
      expect(methodWarnings(method)).toEqual([]);
    },
  );

  test('options replace parts and leave the table as it is', () => {
    const before = JSON.stringify(methods.bireal);
    const changed = withOptions(methods.bireal, {
      padValue: 1,
      clip: 'none',
      weightGradient: 'scale-chain',
      signOfZero: 0,
    });
    expect(changed).toMatchObject({ padValue: 1, clip: undefined, activation: { signOfZero: 0 } });
    expect(changed.weight).toMatchObject({ gradient: 'scale-chain', scale: 'filter-mean', signOfZero: 0 });
    expect(JSON.stringify(methods.bireal)).toBe(before);
    expect(withOptions(methods.bireal, {})).toEqual(methods.bireal);
  });

  test('known traps are named', () => {
    expect(methodWarnings(withOptions(methods.bireal, { clip: 'none' }))).toEqual([expect.stringContaining('clip: 1')]);
    expect(methodWarnings(withOptions(methods.bireal, { clip: 2 }))).toEqual([expect.stringContaining('clip: 1')]);
    expect(methodWarnings(withOptions(methods.xnor, { activationScale: 'window-mean' }))).toHaveLength(1);
    expect(methodWarnings(withOptions(methods.bidet, { signOfZero: 0 }))).toEqual([expect.stringContaining('packed')]);
  });
});
