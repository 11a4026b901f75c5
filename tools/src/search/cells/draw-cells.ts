import { type CellKind, type CellOperation, cellKinds, type Genotype } from '@onebit/backbones';
import { text } from '../../report/page.js';
import { operationColours } from './colours.js';

/** Distance of neighbours in a row, and size of what stands there, in pixels. */
const step = 132;
const box = { width: 76, height: 30 };
/** Height of an arc for each place it passes; different arcs over one place are then apart. */
const rise = 34;
const margin = 30;

/** Convolutions stand out by the width of their lines. */
const lineWidth = (operation: CellOperation) => (/conv|dilated/.test(operation) ? 2.8 : 1.6);

/**
 * Both kinds of cells from left to right: the outputs of the two cells in front, the nodes with the operations of their edges as arcs, the concatenation of all nodes, whose arcs are grey.
 */
export function drawCells(title: string, genotype: Genotype): string {
  const nodes = Math.max(...cellKinds.map((kind) => genotype[kind].length));
  const width = 2 * margin + box.width + (nodes + 2) * step;
  const above = rise * (nodes + 1) + 50;
  const rowHeight = above + (rise / 2) * nodes + 50;
  const rows = cellKinds.map((kind, i) => {
    return `<g transform="translate(0 ${40 + i * rowHeight + above})">${drawCell(kind, genotype, -above)}</g>`;
  });
  const height = 40 + cellKinds.length * rowHeight;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">` +
    `<rect width="100%" height="100%" fill="#fff"/>${label(width / 2, 20, title, 'font-size="14" font-weight="bold"')}${rows.join('')}</svg>\n`
  );
}

/** A cell whose boxes have their middle at 0. */
function drawCell(kind: CellKind, genotype: Genotype, top: number): string {
  const nodes = genotype[kind];
  const names = ['input 0', 'input 1', ...nodes.map((_, i) => `node ${i}`), 'output'];
  const output = names.length - 1;
  const grey = { colour: '#d0d5dc', width: 1.2 };
  const outputs = nodes.map((_, i) => arc(i + 2, output, (rise / 2) * (output - i - 2), grey));
  const edges = nodes.flatMap((node, i) =>
    node.map(({ from, operation }) => {
      const line = { colour: operationColours[operation], width: lineWidth(operation) };
      return arc(from, i + 2, -rise * (i + 2 - from), line, operation);
    }),
  );
  const boxes = names.map((name, i) => boxed(i, name, i < 2 || i === output ? '#eef2f7' : '#fff'));
  const heading = label(placeOf(0), top + 12, `${kind} cell`, 'font-weight="bold"');
  return [heading, ...outputs, ...edges, ...boxes].join('');
}

const placeOf = (index: number) => margin + box.width / 2 + index * step;

/** From one place to a later one, `height` above the boxes (negative) or below them, with its name on its middle. */
function arc(
  from: number,
  to: number,
  height: number,
  { colour, width }: { readonly colour: string; readonly width: number },
  name?: string,
): string {
  const [start, end] = [placeOf(from) + box.width / 4, placeOf(to) - box.width / 4];
  const edge = (Math.sign(height) * box.height) / 2;
  const control = edge + (4 / 3) * height; // the middle of a cubic curve is at three quarters of its control points
  const path = `M${start} ${edge}C${start} ${control} ${end} ${control} ${end} ${edge}`;
  const line = `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${width}"/>`;
  if (name === undefined) return line;
  const halo = 'stroke="#fff" stroke-width="4" paint-order="stroke"';
  return line + label((start + end) / 2, edge + height, name, `font-size="11" ${halo}`);
}

function boxed(index: number, name: string, fill: string): string {
  const { width, height } = box;
  const x = placeOf(index);
  const rect = `<rect x="${x - width / 2}" y="${-height / 2}" width="${width}" height="${height}" rx="6" fill="${fill}" stroke="#444"/>`;
  return rect + label(x, 0, name);
}

function label(x: number, y: number, words: string, attributes = ''): string {
  return `<text x="${x}" y="${y}" text-anchor="middle" dominant-baseline="central" fill="#222" ${attributes}>${text(words)}</text>`;
}
