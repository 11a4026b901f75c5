import { expect, test } from 'vitest';
import { gallery, page, paragraph, picture, raw, table, text } from './page.js';

const hostile = `<script>alert("a & 'b'")</script>`;

test('text becomes text, whatever it holds', () => {
  const escaped = text(hostile);
  expect(escaped).not.toMatch(/[<>"']/);
  // Undoing the character references gives the text back.
  expect(escaped.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))).toBe(hostile);
  expect(text(0.5)).toBe('0.5');
});

test('titles, cells and captions are escaped', () => {
  const png = Uint8Array.of(137, 80, 78, 71);
  const html = page(hostile, paragraph(text(hostile)), [
    { title: hostile, body: [table([hostile], [[hostile, 3]]), gallery([picture(png, hostile)])] },
  ]);
  expect(html).not.toContain('<script');
  expect(html.split(text(hostile)).length - 1).toBe(8); // title twice, lead, section, head, cell, alt, caption
  expect(html).toContain(`src="data:image/png;base64,${Buffer.from(png).toString('base64')}"`);
});

test('a page is whole and refers to nothing outside', () => {
  const html = page('Title', paragraph(text('lead')), [{ title: 'Part', body: [raw('<svg></svg>')] }]);
  expect(html).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
  expect(html).toContain('<svg></svg>');
  expect(html).not.toMatch(/(src|href)="(?!data:)/);
});

test('a table has a row for each row and a cell for each cell', () => {
  const html = table(
    ['a', 'b'],
    [
      [1, 2],
      ['x', 'y'],
    ],
  );
  expect(html.match(/<th>/g)).toHaveLength(2);
  expect(html.match(/<tr>/g)).toHaveLength(3);
  expect([...html.matchAll(/<td>(.*?)<\/td>/g)].map(([, cell]) => cell)).toEqual(['1', '2', 'x', 'y']);
});
