import type { Random } from '@onebit/common';

/** Pieces that have broken parsers before; each target adds its own. */
const nastyPieces = [
  '__proto__',
  'constructor',
  '\0',
  '\uFEFF',
  '\u2028',
  '1e999',
  '-1e999',
  'NaN',
  '-0',
  '0x10',
  '9'.repeat(400),
  '4294967296',
  '9007199254740993',
  '1e-320',
  '"'.repeat(3),
  ' '.repeat(5000),
] as const;

/** A copy of the bytes with one to four things done to it: bits flipped, cut off, a piece moved, repeated, or put in from elsewhere. */
export function mutateBytes(
  bytes: Uint8Array,
  random: Random,
  pieces: readonly string[] = [],
  donor: Uint8Array = bytes,
): Uint8Array {
  let result: Uint8Array = Uint8Array.from(bytes);
  for (let i = 1 + random.int(4); i > 0; i--) result = mutateOnce(result, random, [...nastyPieces, ...pieces], donor);
  return result;
}

function mutateOnce(bytes: Uint8Array, random: Random, pieces: readonly string[], donor: Uint8Array): Uint8Array {
  const at = random.int(bytes.length + 1);
  switch (random.int(6)) {
    case 0:
      if (at < bytes.length) bytes[at] ^= 1 << random.int(8);
      return bytes;
    case 1:
      if (at < bytes.length) bytes[at] = random.int(256);
      return bytes;
    case 2:
      return bytes.subarray(0, at);
    case 3:
      return splice(bytes, at, random.int(20), new Uint8Array(0));
    case 4:
      return splice(bytes, at, random.int(20), slice(donor, random));
    default:
      return splice(bytes, at, 0, Buffer.from(random.pick(pieces)));
  }
}

function slice(bytes: Uint8Array, random: Random): Uint8Array {
  const from = random.int(bytes.length + 1);
  return bytes.subarray(from, from + random.int(200));
}

function splice(bytes: Uint8Array, at: number, removed: number, piece: Uint8Array): Uint8Array {
  return Uint8Array.from(Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + removed)]));
}

/** The JSON text of a value with one to three of its parts, at any depth, replaced, removed or given unexpected company. */
export function mutateJson(value: unknown, random: Random): string {
  let text = JSON.stringify(value);
  for (let i = 1 + random.int(3); i > 0 && isJson(text); i--) {
    const copy: unknown = JSON.parse(text);
    const holders = holdersIn(copy);
    if (holders.length === 0) return text;
    const holder = random.pick(holders);
    const key = random.pick(Object.keys(holder));
    if (random.chance(0.15)) delete holder[key];
    // Names such as __proto__ can't be set on an object without meaning something else: they are written into the text.
    else holder[random.chance(0.1) ? placeOfKey : key] = placeOfValue;
    text = JSON.stringify(copy)
      .replace(JSON.stringify(placeOfKey), JSON.stringify(random.pick(nastyKeys)))
      .replace(JSON.stringify(placeOfValue), random.pick(nastyValues));
  }
  return text;
}

/** The JSON text of a value with one to three of its numbers replaced by other numbers. */
export function mutateNumbers(value: unknown, random: Random): string {
  const pieces = JSON.stringify(value).split(/(-?\d+(?:\.\d+)?)/);
  for (let i = 1 + random.int(3); i > 0; i--) {
    pieces[1 + 2 * random.int((pieces.length - 1) / 2)] = random.pick(nastyNumbers);
  }
  return pieces.join('');
}

const placeOfKey = 'place of a key';
const placeOfValue = 'place of a value';
const nastyKeys = ['__proto__', 'constructor', 'toString', ''];
const nastyNumbers = [
  '-1',
  '0',
  '-0',
  '0.5',
  '1e300',
  '-1e15',
  '1e999',
  '4294967295',
  '4294967296',
  '9007199254740993',
];

const nastyValues = [
  'null',
  'true',
  '[]',
  '{}',
  '""',
  ...nastyNumbers,
  '"7"',
  '"__proto__"',
  '[[]]',
  '[null]',
  '[1e9,1e9]',
  '[0,0,1e15,1e15,5,9]',
  '[[0,0,1e300,1,-1e300,7]]',
  '{"__proto__":{"polluted":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"size":[100000,100000],"counts":[1]}',
  `{"size":[5,5],"counts":"${'o'.repeat(50)}"}`,
  `${'['.repeat(1000)}${']'.repeat(1000)}`,
  `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`,
  '['.repeat(100_000),
  `"${'x'.repeat(10_000)}"`,
] as const;

/** Every object and list inside a value that holds something; without recursion, since nests are deep here. */
function holdersIn(value: unknown): Record<string, unknown>[] {
  const found: unknown[] = [value];
  for (let i = 0; i < found.length; i++) {
    const one = found[i];
    if (typeof one === 'object' && one !== null) found.push(...Object.values(one));
  }
  return found.filter((one): one is Record<string, unknown> => {
    return typeof one === 'object' && one !== null && Object.keys(one).length > 0;
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
