import { OnebitError } from '@onebit/common';
import type { RecipePrecision } from '../recipes/common.js';

/** A plan on the command line: `float`, a method's name, or as JSON a method with options or the rules of a plan. @throws OnebitError ERR_USAGE. */
export function parsePlan(text: string): RecipePrecision {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text) as RecipePrecision;
  } catch (error) {
    const example = `'{ "method": "xnor", "activationScale": "window-mean" }'`;
    throw new OnebitError('ERR_USAGE', `--plan must be a name or JSON, such as ${example}, got ${text}`, {
      cause: error,
    });
  }
}

/** `224x160` (height by width) or `224`. @throws OnebitError ERR_USAGE. */
export function parseInput(text: string): readonly [height: number, width: number] {
  const [, height, width = height] = /^(\d+)(?:x(\d+))?$/.exec(text) ?? [];
  if (Number(height) >= 1 && Number(width) >= 1) return [Number(height), Number(width)];
  throw new OnebitError('ERR_USAGE', `--input must be HEIGHTxWIDTH in pixels, such as 224x224, got ${text}`);
}
