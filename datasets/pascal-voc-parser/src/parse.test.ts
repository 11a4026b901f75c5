import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VocError } from './errors.js';
import { parseAnnotation } from './parse.js';
import { serializeAnnotation } from './serialize.js';
import type { VocAnnotation } from './types.js';

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

const trimmed = fc.string({ unit: 'grapheme' }).filter((text) => text === text.trim() && !/\p{C}/u.test(text));
const nonEmpty = trimmed.filter((text) => text !== '');
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const vocBox = fc.record({ xmin: finite, ymin: finite, xmax: finite, ymax: finite });
const optional = { requiredKeys: [] as [] };
const object = fc
  .tuple(
    fc.record({ pose: trimmed, truncated: fc.boolean(), occluded: fc.boolean() }, optional),
    fc.record({
      name: nonEmpty,
      difficult: fc.boolean(),
      box: vocBox,
      parts: fc.array(fc.record({ name: nonEmpty, box: vocBox })),
    }),
  )
  .map(([some, all]) => ({ ...some, ...all }));
const annotation: fc.Arbitrary<VocAnnotation> = fc
  .tuple(
    fc.record(
      {
        folder: trimmed,
        filename: trimmed,
        source: fc.dictionary(fc.constantFrom('database', 'annotation', 'image', 'flickrid'), trimmed, {
          noNullPrototype: true,
        }),
        size: fc.record({ width: finite, height: finite, depth: finite }, { requiredKeys: ['width', 'height'] }),
        segmented: fc.boolean(),
      },
      optional,
    ),
    fc.array(object),
  )
  .map(([some, objects]) => ({ ...some, objects }));

test('parse(serialize(annotation)) gives the annotation', () => {
  fc.assert(
    fc.property(annotation, (value) => {
      expect(parseAnnotation(serializeAnnotation(value), 'a.xml')).toEqual(value);
    }),
  );
});
