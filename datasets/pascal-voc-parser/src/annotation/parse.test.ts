import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VocError } from '../errors.js';
import type { VocFinding } from './findings.js';
import { parseAnnotation } from './parse.js';
import { serializeAnnotation } from './serialize.js';
import type { VocAnnotation, VocElement } from './types.js';

const personWithParts = `<annotation>
  <folder>VOC2007</folder><filename>000005.jpg</filename>
  <source><database>The VOC2007 Database</database><flickrid>325991873</flickrid></source>
  <owner><flickrid>archintent louisville</flickrid><name>not an object</name></owner>
  <size><width>500</width><height>375</height><depth>3</depth></size>
  <segmented>0</segmented>
  <object>
    <name>person</name><pose>Left</pose><truncated>1</truncated><difficult>0</difficult>
    <bndbox><xmin>10</xmin><ymin>20</ymin><xmax>110</xmax><ymax>220</ymax></bndbox>
    <part><name>head</name><bndbox><xmin>30</xmin><ymin>20</ymin><xmax>60</xmax><ymax>60</ymax></bndbox></part>
    <part><name>hand</name><bndbox><xmin>12</xmin><ymin>90</ymin><xmax>22</xmax><ymax>99</ymax></bndbox></part>
  </object>
  <object>
    <bndbox><ymax>50.25</ymax><xmax>40.5</xmax><ymin>2</ymin><xmin>1</xmin></bndbox>
    <difficult>1</difficult><occluded>1</occluded><name>dog</name>
  </object>
</annotation>`;

const failure = (xml: string): VocError => {
  try {
    parseAnnotation(xml, 'Annotations/000005.xml');
  } catch (error) {
    if (error instanceof VocError) return error;
    throw error;
  }
  throw new Error('parsed although it should not');
};

const oneObject = (inside: string) => `<annotation>\n<object>\n${inside}\n</object>\n</annotation>`;
const box = '<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox>';

describe('parseAnnotation', () => {
  test('keeps parts of a person as parts, not as objects', () => {
    const { objects } = parseAnnotation(personWithParts, 'a.xml');
    expect(objects.map((object) => object.name)).toEqual(['person', 'dog']);
    expect(objects[0].parts).toEqual([
      { name: 'head', box: { xmin: 30, ymin: 20, xmax: 60, ymax: 60 } },
      { name: 'hand', box: { xmin: 12, ymin: 90, xmax: 22, ymax: 99 } },
    ]);
    expect(objects[0].box).toEqual({ xmin: 10, ymin: 20, xmax: 110, ymax: 220 });
  });

  test('reads fields in any order and numbers with fractions', () => {
    const dog = parseAnnotation(personWithParts, 'a.xml').objects[1];
    expect(dog).toEqual({
      name: 'dog',
      occluded: true,
      difficult: true,
      box: { xmin: 1, ymin: 2, xmax: 40.5, ymax: 50.25 },
      parts: [],
    });
  });

  test('gives the same for CR LF line ends and a byte order mark', () => {
    expect(parseAnnotation(`\uFEFF${personWithParts.replaceAll('\n', '\r\n')}`, 'a.xml')).toEqual(
      parseAnnotation(personWithParts, 'a.xml'),
    );
  });

  test('takes a missing difficult as false and an empty annotation as no objects', () => {
    expect(parseAnnotation(oneObject(`<name>cat</name>${box}`), 'a.xml').objects[0].difficult).toBe(false);
    expect(parseAnnotation('<annotation/>', 'a.xml')).toEqual({ objects: [] });
  });

  test('keeps a name that looks like a number as text', () => {
    expect(parseAnnotation(oneObject(`<name> 007 </name>${box}`), 'a.xml').objects[0].name).toBe('007');
  });

  test.each([
    ['an unclosed element', oneObject('<name>cat</nam>'), 3, undefined],
    ['a file that ends early', '<annotation>\n<object><name>cat', 2, undefined],
    ['an empty file', '', 1, undefined],
    ['another root', '<xml/>', 1, undefined],
    ['no name', oneObject(box), 2, 'object 1: name'],
    ['an empty name', oneObject(`<name/>\n${box}`), 3, 'object 1: name'],
    ['no box', oneObject('<name>cat</name>'), 2, 'object 1'],
    ['a missing side', oneObject('<name>cat</name>\n<bndbox><xmin>1</xmin></bndbox>'), 4, 'object 1: bndbox: ymin'],
    [
      'a side that is no number',
      oneObject(`<name>cat</name>\n${box.replace('3', '3px')}`),
      4,
      'object 1: bndbox: xmax',
    ],
    ['a flag that is no flag', oneObject(`<name>c</name>${box}\n<difficult>yes</difficult>`), 4, 'object 1: difficult'],
    ['a field twice', oneObject(`<name>c</name>\n<name>d</name>${box}`), 4, 'object 1: name'],
  ])('names file, line and field for %s', (_, xml, line, field) => {
    const error = failure(xml);
    expect(error.file).toBe('Annotations/000005.xml');
    expect([error.line, error.field]).toEqual([line, field]);
    expect(error.message).toMatch(/^Annotations\/000005\.xml:\d+: .*must .*found/);
  });
});

describe('findings', () => {
  const parse = (xml: string, mode?: 'strict' | 'lenient' | 'raw') => {
    const findings: VocFinding[] = [];
    const annotation = parseAnnotation(xml, 'a.xml', { mode, onFinding: (finding) => findings.push(finding) });
    return { annotation, findings };
  };
  const object = (sides: string, more = '<difficult>0</difficult>') => {
    const [xmin, ymin, xmax, ymax] = sides.split(' ');
    const corners = `<xmin>${xmin}</xmin><ymin>${ymin}</ymin><xmax>${xmax}</xmax><ymax>${ymax}</ymax>`;
    return oneObject(`<name>cat</name>${more}\n<bndbox>${corners}</bndbox>`);
  };
  const sized = (sides: string) =>
    object(sides).replace('<object>', '<size><width>100</width><height>50</height></size><object>');

  test('swapped corners are an error, are swapped, or stay, as the mode says', () => {
    const swapped = object('30 2 10 20');
    expect(() => parse(swapped)).toThrow("a.xml:4: object 1: bndbox: xmin 30 > xmax 10. mode: 'lenient' mends it.");
    const lenient = parse(swapped, 'lenient');
    expect(lenient.annotation.objects[0].box).toEqual({ xmin: 10, ymin: 2, xmax: 30, ymax: 20 });
    expect(lenient.findings).toEqual([
      {
        code: 'swapped-corners',
        file: 'a.xml',
        line: 4,
        field: 'object 1: bndbox',
        message: 'xmin 30 > xmax 10: swapped',
      },
    ]);
    const raw = parse(swapped, 'raw');
    expect(raw.annotation.objects[0].box).toEqual({ xmin: 30, ymin: 2, xmax: 10, ymax: 20 });
    expect(raw.findings[0].message).toBe('xmin 30 > xmax 10: kept');
  });

  test('a box without extent is kept as one pixel, or dropped in lenient mode', () => {
    expect(parse(object('5 2 5 20')).annotation.objects).toHaveLength(1);
    const { annotation, findings } = parse(object('5 2 5 20'), 'lenient');
    expect(annotation.objects).toEqual([]);
    expect(findings.map(({ code, message }) => [code, message])).toEqual([['empty-box', 'xmin = xmax = 5: dropped']]);
  });

  test.each([
    ['a fraction of VOC2012', object('1 45.70000076293945 3 50'), 'fraction'],
    ['a side of 0', object('0 1 3 4'), 'outside-picture'],
    ['a negative side', object('1 -3 3 4'), 'outside-picture'],
    ['a side beyond the picture', sized('1 1 101 50'), 'outside-picture'],
    ['no difficult', object('1 1 3 4', ''), 'missing-difficult'],
    [
      'an unspecified flag',
      object('1 1 3 4', '<difficult>0</difficult><truncated>Unspecified</truncated>'),
      'unspecified-flag',
    ],
  ])('%s is kept and reported', (_, xml, code) => {
    expect(parse(xml).findings.map((finding) => finding.code)).toEqual([code]);
    expect(parse(xml, 'lenient').annotation).toEqual(parse(xml).annotation);
  });

  test('whole numbers with a point, signs and exponents are numbers and no findings', () => {
    const { annotation, findings } = parse(object('1.0 +2 2371.0 3e2'));
    expect(annotation.objects[0].box).toEqual({ xmin: 1, ymin: 2, xmax: 2371, ymax: 300 });
    expect(findings).toEqual([]);
    for (const text of ['0x10', 'Infinity', 'NaN', '1,5', '1 2', '1e999']) {
      expect(() => parse(object('1 2 3 4').replace('<xmax>3', `<xmax>${text}`))).toThrow(/xmax: must be a number/);
    }
  });

  test('what has no place is an error or dropped', () => {
    const stray = object('1 2 3 4')
      .replace('<bndbox>', '<bndbox unit="px"><zmin>1</zmin>')
      .replace('<name>', '<name lang="en">');
    expect(() => parse(stray)).toThrow(/bndbox: attribute unit has no place here/);
    expect(parse(stray, 'lenient').findings.map(({ field }) => field)).toEqual([
      'object 1: bndbox',
      'object 1: bndbox: zmin',
      'object 1: name',
    ]);
  });

  test('an unknown mode is refused', () => {
    expect(() => parse(object('1 2 3 4'), 'loose' as 'raw')).toThrow(/must be strict, lenient or raw, found "loose"/);
  });
});

describe('what the format has beyond boxes', () => {
  const xml = `<annotation verified="yes">
    <path>C:\\pictures\\a.jpg</path>
    <owner><flickrid>a b</flickrid><name>?</name></owner>
    <object>
      <name>person</name><actions><jumping>1</jumping><other>0</other></actions>
      <bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox>
      <difficult>0</difficult><point><x>2</x><y>3.5</y></point>
      <attributes><attribute><name>id</name><value>7</value></attribute></attributes>
    </object>
  </annotation>`;

  test('owner, actions, point, attributes and unknown elements are kept', () => {
    const annotation = parseAnnotation(xml, 'a.xml');
    expect(annotation).toEqual({
      attributes: { verified: 'yes' },
      owner: { flickrid: 'a b', name: '?' },
      objects: [
        {
          name: 'person',
          difficult: false,
          box: { xmin: 1, ymin: 2, xmax: 3, ymax: 4 },
          parts: [],
          actions: { jumping: true, other: false },
          point: { x: 2, y: 3.5 },
          extra: [
            {
              name: 'attributes',
              children: [
                {
                  name: 'attribute',
                  children: [
                    { name: 'name', text: 'id' },
                    { name: 'value', text: '7' },
                  ],
                },
              ],
            },
          ],
        },
      ],
      extra: [{ name: 'path', text: 'C:\\pictures\\a.jpg' }],
    });
    expect(parseAnnotation(serializeAnnotation(annotation), 'b.xml')).toEqual(annotation);
  });

  test('fields are written in the order of the devkit', () => {
    const text = serializeAnnotation(parseAnnotation(personWithParts, 'a.xml'));
    const order = [...text.matchAll(/<(\w+)>/g)].map(([, name]) => name);
    expect(order.slice(0, 24).join(' ')).toBe(
      'annotation folder filename source database flickrid owner flickrid name size width height depth segmented ' +
        'object name pose truncated difficult bndbox xmin ymin xmax ymax',
    );
    expect(order.slice(24, 38).join(' ')).toBe(
      'part name bndbox xmin ymin xmax ymax part name bndbox xmin ymin xmax ymax',
    );
  });

  test.each([
    [{ objects: [], folder: 'a\u0000' }, /folder: must be text without control characters/],
    [{ objects: [], folder: ' a' }, /folder: .*without blanks at its ends, found " a"/],
    [{ objects: [], size: { width: Number.NaN, height: 1 } }, /width: must be a finite number, found NaN/],
    [{ objects: [], extra: [{ name: 'object' }] }, /extra: object: must be no field of the format/],
    [{ objects: [], extra: [{ name: 'two words' }] }, /must be the name of an XML element/],
    [{ objects: [], attributes: { 'a=': '1' } }, /attribute "a=" must be XML/],
  ])('refuses to write what cannot be read back, %#', (annotation, message) => {
    expect(() => serializeAnnotation(annotation)).toThrow(message);
  });
});

describe('bytes', () => {
  const text = '<annotation><folder>Größe 漢字</folder></annotation>';
  test.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16', Buffer.from(`\uFEFF<?xml version="1.0" encoding="utf-16"?>${text}`, 'utf16le')],
  ])('%s is read', (_, bytes) => {
    expect(parseAnnotation(bytes, 'a.xml').folder).toBe('Größe 漢字');
  });

  test('the declared encoding counts, and other bytes are an error', () => {
    const latin = Buffer.from(
      '<?xml version="1.0" encoding="ISO-8859-1"?><annotation><folder>Größe</folder></annotation>',
      'latin1',
    );
    expect(parseAnnotation(latin, 'a.xml').folder).toBe('Größe');
    expect(() => parseAnnotation(latin.subarray(44), 'a.xml')).toThrow(
      /^a\.xml: must be text in UTF-8, found other bytes/,
    );
    expect(() => parseAnnotation(Buffer.from('<?xml version="1.0" encoding="klingon"?><a/>'), 'a.xml')).toThrow(
      /klingon/,
    );
  });
});

describe('hostile files end soon, in a result or a typed error', () => {
  const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');
  test.each([
    [
      'entity bomb',
      `<!DOCTYPE a [<!ENTITY l0 "ha">${laughs}]><annotation><folder>&l9;</folder></annotation>`,
      /no DOCTYPE/,
    ],
    ['unknown entity', '<annotation><folder>&l9;</folder></annotation>', /must be well-formed XML/],
    ['deep nesting', '<annotation>'.repeat(500_000), /at most 64 elements/],
    ['giant file', ' '.repeat(2 ** 24 + 1), /at most 16777216 characters/],
    ['many objects that end early', `<annotation>${'<object/>'.repeat(300_000)}`, /unclosed tag/],
    ['many elements', `<annotation>${'<a/>'.repeat(1_000_000)}</annotation>`, /at most 524288 elements and/],
    ['many attributes', `<annotation ${'a="1" '.repeat(1_000_000)}/>`, /at most 524288|duplicate attribute/],
    ['a field many times', `<annotation>${'<folder/>'.repeat(500_000)}</annotation>`, /must be there once/],
  ])('%s', (_, xml, message) => {
    const start = performance.now();
    expect(() => parseAnnotation(xml, 'a.xml')).toThrow(message);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test('names of the language pollute nothing', () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const inside = names.map((name) => `<${name}>x</${name}>`).join('');
    const xml = `<annotation __proto__="y"><source>${inside}</source>${inside}</annotation>`;
    const annotation = parseAnnotation(xml, 'a.xml');
    expect(Object.keys(annotation.source!)).toEqual(names);
    expect(annotation.extra!.map(({ name }) => name)).toEqual(names);
    expect(Object.getPrototypeOf(annotation.source)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
    expect(serializeAnnotation(parseAnnotation(serializeAnnotation(annotation), 'b'))).toBe(
      serializeAnnotation(annotation),
    );
  });

  test('changed bytes give an annotation or a VocError', () => {
    const bytes = Buffer.from(personWithParts);
    const change = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(change, fc.nat(bytes.length), (changes, length) => {
        const copy = Buffer.from(bytes);
        for (const [at, value] of changes) copy[at] = value;
        for (const file of [copy, copy.subarray(0, length)]) {
          try {
            parseAnnotation(file, 'a.xml', { mode: 'lenient' });
          } catch (error) {
            expect(error).toBeInstanceOf(VocError);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

const trimmed = fc.string({ unit: 'grapheme' }).filter((text) => text === text.trim() && !/\p{C}/u.test(text));
const nonEmpty = trimmed.filter((text) => text !== '');
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const vocBox = fc.record({ xmin: finite, ymin: finite, xmax: finite, ymax: finite });
const optional = { requiredKeys: [] as [] };
const elementName = fc.constantFrom('path', 'x-y', 'ключ', 'a.b', '_');
const attributes = fc.dictionary(elementName, fc.string({ unit: 'grapheme' }), { minKeys: 1, noNullPrototype: true });
const extraElement = fc.letrec<{ element: VocElement }>((tie) => ({
  element: fc.record(
    {
      name: elementName,
      attributes,
      text: nonEmpty,
      children: fc.array(tie('element'), { minLength: 1, maxLength: 2, depthIdentifier: 'element' }),
    },
    { requiredKeys: ['name'] },
  ),
})).element;
const extension = { attributes, extra: fc.array(extraElement, { minLength: 1, maxLength: 2 }) };
const part = fc.record({ name: nonEmpty, box: vocBox, ...extension }, { requiredKeys: ['name', 'box'] });
const object = fc.record(
  {
    name: nonEmpty,
    pose: trimmed,
    truncated: fc.boolean(),
    occluded: fc.boolean(),
    difficult: fc.boolean(),
    box: vocBox,
    parts: fc.array(part, { maxLength: 2 }),
    actions: fc.dictionary(fc.constantFrom('jumping', 'phoning', 'other'), fc.boolean(), { noNullPrototype: true }),
    point: fc.record({ x: finite, y: finite }),
    ...extension,
  },
  { requiredKeys: ['name', 'difficult', 'box', 'parts'] },
);
const texts = (...names: string[]) => fc.dictionary(fc.constantFrom(...names), trimmed, { noNullPrototype: true });
const annotation: fc.Arbitrary<VocAnnotation> = fc
  .tuple(
    fc.record(
      {
        folder: trimmed,
        filename: trimmed,
        source: texts('database', 'annotation', 'image', 'flickrid', 'other'),
        owner: texts('flickrid', 'name'),
        size: fc.record({ width: finite, height: finite, depth: finite }, { requiredKeys: ['width', 'height'] }),
        segmented: fc.boolean(),
        ...extension,
      },
      optional,
    ),
    fc.array(object, { maxLength: 4 }),
  )
  .map(([some, objects]) => ({ ...some, objects }));

test('parse(serialize(annotation)) gives the annotation', () => {
  fc.assert(
    fc.property(annotation, (value) => {
      expect(parseAnnotation(serializeAnnotation(value), 'a.xml', { mode: 'raw' })).toEqual(value);
    }),
  );
});
