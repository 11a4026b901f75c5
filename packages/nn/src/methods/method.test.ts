import { describe, expect, test } from 'vitest';
import type { Method } from './method.js';
import { withOptions } from './options.js';
import { methods } from './table.js';
import { methodWarnings } from './warnings.js';

describe('methods', () => {
  test.each(Object.entries(methods) as [string, Method][])(
    '%s is filed under its name and fully described',
    (key, method) => {
      expect(method.name).toBe(key);
      const { forward, activationGradient, weightGradient, block, differences, recipe } = method.text;
      for (const text of [forward, activationGradient, weightGradient, block, ...differences, ...recipe]) {
        expect(text).toMatch(/\.$/);
      }
      if (method.citation.arxiv !== undefined) expect(method.citation.arxiv).toMatch(/^\d{4}\.\d{5}$/);
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
    expect(changed).toMatchObject({ padValue: 1, clip: undefined, activation: { parts: { signOfZero: 0 } } });
    expect(changed.weight).toMatchObject({
      parts: { gradient: 'scale-chain', scale: 'filter-mean', signOfZero: 0 },
    });
    expect(JSON.stringify(methods.bireal)).toBe(before);
    expect(withOptions(methods.bireal, {})).toEqual(methods.bireal);
  });

  test('what a method does not take is refused with what it takes', () => {
    expect(() => withOptions(methods.bireal, { clipp: 1 })).toThrow(
      /bireal: unknown name "clipp"; known: padValue, clip, .*Did you mean "clip"/,
    );
    expect(() => withOptions(methods.bireal, { clip: -1 })).toThrow(/clip must be a positive number or "none", got -1/);
    expect(() => withOptions(methods.bireal, { activationScale: 'window-mean' })).toThrow(/known: padValue/);
    expect(() => withOptions(methods.bireal, { weights: 'real', clip: 1 })).toThrow(/clip need binary weights/);
  });

  test('known traps are named', () => {
    expect(methodWarnings(withOptions(methods.bireal, { clip: 'none' }))).toEqual([expect.stringContaining('clip: 1')]);
    expect(methodWarnings(withOptions(methods.bireal, { clip: 2 }))).toEqual([expect.stringContaining('clip: 1')]);
    expect(methodWarnings(withOptions(methods.xnor, { activationScale: 'window-mean' }))).toHaveLength(1);
    expect(methodWarnings(withOptions(methods.bidet, { signOfZero: 0 }))).toEqual([expect.stringContaining('packed')]);
  });
});
