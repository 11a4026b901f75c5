import { suggest } from '@onebit/common';
import { z } from 'zod';

/** One line for one problem: path, what was expected, what was found; unknown keys name the known ones. */
export function describe(schema: z.ZodType, issue: z.core.$ZodIssue, value: unknown): string {
  const path = issue.path.join('.') || 'recipe';
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path, value);
    const near = suggest(issue.keys[0], known);
    return `${path}: unknown key ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}; known: ${known.join(', ')}${near ? `. Did you mean ${JSON.stringify(near)}?` : ''}`;
  }
  const found = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
  return `${path}: ${complaint(issue)}, got ${found === undefined ? 'nothing' : JSON.stringify(found)}`;
}

/** `expected …`, without the type that was found: the value itself is shown. Of a union, what each branch expected. */
function complaint(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branches = issue.errors.map(([first]) =>
      [first.path.join('.'), complaint(first).replace(/^expected /, '')].filter(Boolean).join(' '),
    );
    return `expected ${branches.join(', or ')}`;
  }
  return issue.message
    .replace(/^(Invalid input|Invalid option|Too small|Too big): /, '')
    .replace(/^Invalid discriminator value. Expected/, 'expected one of')
    .replace(" | 'undefined'", '') // a key that may be left out
    .replace(/, received .*$/, '');
}

/** Keys that the object at `path` may have, following the schema down; a union takes the branch that the value's `kind` or `task` chooses. */
export function knownKeys(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): string[] {
  let at: z.ZodType = schema;
  let found: unknown = value;
  for (const key of path) {
    at = unwrap(at, found);
    if (at instanceof z.ZodArray) at = at.element as z.ZodType;
    else if (at instanceof z.ZodObject) at = at.shape[String(key)] as z.ZodType;
    else return [];
    found = (found as Record<PropertyKey, unknown> | undefined)?.[key];
  }
  at = unwrap(at, found);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function unwrap(schema: z.ZodType, value: unknown): z.ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    return unwrap(schema.unwrap() as z.ZodType, value);
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const { discriminator } = schema.def;
    const chosen = (value as Record<string, unknown> | undefined)?.[discriminator];
    const branch = schema.options.find((option) => {
      const literal = option instanceof z.ZodObject ? (option.shape[discriminator] as z.ZodType) : undefined;
      return literal?.safeParse(chosen).success ?? false;
    });
    return (branch as z.ZodType | undefined) ?? schema;
  }
  return schema;
}
