import { expect, test } from 'vitest';
import { canonicalJson, differences, hashOf } from './json.js';

test('canonical JSON does not depend on the order of keys, only on values', () => {
  expect(canonicalJson({ b: [2, { d: 1, c: null }], a: 1 })).toBe('{"a":1,"b":[2,{"c":null,"d":1}]}');
  expect(hashOf(canonicalJson({ a: 1, b: 2 }))).toBe(hashOf(canonicalJson({ b: 2, a: 1 })));
  expect(hashOf(canonicalJson({ a: 1 }))).not.toBe(hashOf(canonicalJson({ a: 2 })));
});

test('differences name the path and both sides', () => {
  const there = { a: { b: 1, c: [1, 2] }, gone: 'x', same: { k: null } };
  const now = { same: { k: null }, a: { c: [1, 3], b: 1 }, added: true };
  expect(differences(there, now)).toEqual([
    'a.c: [1,2] there, [1,3] now',
    'gone: "x" there, absent now',
    'added: absent there, true now',
  ]);
  expect(differences(there, there)).toEqual([]);
  expect(differences({ list: [{ a: 1 }, { a: 2 }] }, { list: [{ a: 1 }, { a: 3 }] })).toEqual([
    'list.1.a: 2 there, 3 now',
  ]);
});
