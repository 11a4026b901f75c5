import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { methods } from './methods/table.js';
import { binaryPlan, matchesName, type PrecisionPlan, planOf, precisionOf, resolvePlan } from './plan.js';

const names = ['stem.conv', 'stage1.0.conv1', 'stage2.0.conv1', 'stage2.0.downsample.conv', 'head.cls.0', 'head.loc.0'];

describe('matchesName', () => {
  test.each([
    ['**', 'stem.conv', true],
    ['stem.conv', 'stem.conv', true],
    ['stem', 'stem.conv', false],
    ['stem.*', 'stem.conv', true],
    ['*', 'stem.conv', false],
    ['**.conv', 'stem.conv', true],
    ['**.stem.**', 'stem.conv', true],
    ['**.stem.**', 'backbone.stem.conv', true],
    ['**.stem.**', 'system.conv', false],
    ['stage*.0.**', 'stage2.0.downsample.conv', true],
    ['head.cls.*', 'head.cls.0', true],
    ['head.cls.*', 'head.cls.0.conv', false],
    ['backbone.**', 'backbone', true],
    ['a.**.z', 'a.z', true],
    ['a.**.z', 'a.b.c.z', true],
    ['con.', 'conv', false],
  ])('%s against %s: %s', (pattern, name, expected) => {
    expect(matchesName(pattern, name)).toBe(expected);
  });

  test('a name matches itself, ** and itself with any part starred', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9_]{1,6}$/);
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), fc.nat(), (parts, at) => {
        const name = parts.join('.');
        const starred = parts.with(at % parts.length, '*').join('.');
        for (const pattern of [name, '**', starred, `${parts[0]}.**`, `**.${name}`]) {
          expect(matchesName(pattern, name)).toBe(true);
        }
        expect(matchesName(`${name}.*`, name)).toBe(false);
      }),
    );
  });
});

describe('resolvePlan', () => {
  test('the last rule that matches decides; no rule means float', () => {
    const plan: PrecisionPlan = [
      { match: 'stage*.**', precision: 'bireal' },
      { match: 'stage2.**', precision: { method: 'bidet', signOfZero: 0 } },
      { match: '**.downsample.*', precision: 'fp32' },
    ];
    const resolved = resolvePlan(plan, names);
    expect(resolved.get('stem.conv')).toBe('fp32');
    expect(resolved.get('stage1.0.conv1')).toEqual(methods.bireal);
    expect(resolved.get('stage2.0.conv1')).toMatchObject({ name: 'bidet', activation: { parts: { signOfZero: 0 } } });
    expect(resolved.get('stage2.0.downsample.conv')).toBe('fp32');
  });

  test('the binary plan leaves stem, shortcut convolutions and head in float', () => {
    const resolved = resolvePlan(binaryPlan('bidet'), names);
    expect(names.filter((name) => resolved.get(name) !== 'fp32')).toEqual(['stage1.0.conv1', 'stage2.0.conv1']);
  });

  test('named plans', () => {
    expect(planOf('float')).toEqual([expect.objectContaining({ precision: 'fp32' })]);
    expect(planOf('binary')).toEqual(binaryPlan('bireal'));
    for (const name of Object.keys(methods)) expect(precisionOf(planOf(name), 'x')).toMatchObject({ name });
    expect(() => planOf('birael')).toThrow(/unknown name "birael"; known: float, binary, .*Did you mean "bireal"/);
  });

  test('a rule that matches no layer is an error that lists the layers and a near pattern', () => {
    expect(() => resolvePlan([{ match: 'stage2', precision: 'bnn' }], names)).toThrow(
      /"stage2" matches no layer; known layers: stem.conv, .*Did you mean "stage2.\*\*"/,
    );
    expect(() => resolvePlan([{ match: 'head.cls.1', precision: 'bnn' }], names)).toThrow(/Did you mean "head.cls.0"/);
    expect(() => resolvePlan([{ match: 'x', precision: 'bnn', optional: true }], names)).not.toThrow();
  });

  test('unknown methods and options are errors that list the known ones, also in rules that never apply', () => {
    const rule = (precision: unknown) =>
      [
        { match: '**', precision },
        { match: '**', precision: 'fp32' },
      ] as PrecisionPlan;
    expect(() => resolvePlan(rule('bidett'), names)).toThrow(/unknown name "bidett"; known: fp32, .*bidet/);
    expect(() => resolvePlan(rule({ method: 'xor' }), names)).toThrow(/unknown name "xor"/);
    expect(() => resolvePlan(rule({ method: 'bnn', pad: 1 }), names)).toThrow(/unknown name "pad"; known: .*padValue/);
    expect(() => resolvePlan(rule(1), names)).toThrow(/must be fp32, a method or an object/);
  });
});
