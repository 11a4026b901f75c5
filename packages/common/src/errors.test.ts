import { describe, expect, test } from 'vitest';
import { codeOf, isUserError, OnebitError, shapeError, suggest, unknownName } from './errors.js';

describe('errors', () => {
  test('a shape error names the place, the rule and what was found', () => {
    expect(shapeError('pack', 'input', '[N, H, W, C]', [1, 38]).message).toBe(
      'pack: input must be [N, H, W, C], got [1, 38]',
    );
  });

  test('an unknown name lists the known ones and guesses the slip', () => {
    expect(unknownName('recipe', 'bidt', ['bnn', 'bidet']).message).toBe(
      'recipe: unknown name "bidt"; known: bnn, bidet. Did you mean "bidet"?',
    );
    expect(suggest('zzzzzz', ['bnn', 'bidet'])).toBeUndefined();
  });

  test('only errors thrown on purpose count as the user’s', () => {
    expect(isUserError(new OnebitError('ERR_DATA', 'x'))).toBe(true);
    expect(isUserError(new TypeError('x'))).toBe(false);
    const ofParser = Object.assign(new Error('x'), { name: 'CocoError' });
    expect([isUserError(ofParser), codeOf(ofParser), codeOf(new OnebitError('ERR_SHAPE', 'x'))]).toEqual([
      true,
      'ERR_DATA',
      'ERR_SHAPE',
    ]);
  });
});
