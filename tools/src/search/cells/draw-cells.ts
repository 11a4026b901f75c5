import { type CellKind, type CellOperation, cellKinds, type Genotype } from '@onebit/backbones';
import { colours } from '../../report/charts.js';
import { text } from '../../report/page.js';

interface Point {
  readonly x: number;
  readonly y: number;
}

const nodeStep = 170;
const cellHeight = 330;
const left = 90;
const box = { width: 76, height: 30 };

/** Lines of operations; convolutions stand out by their width. */
const looks: Readonly<Record<CellOperation, { readonly colour: string; readonly width: number }>> = {
  skip: { colour: '#8a9bb0', width: 1.6 },
  'max-pool': { colour: colours[1], width: 1.6 },
  'avg-pool': { colour: colours[3], width: 1.6 },
  conv3: { colour: colours[0], width: 2.8 },
  conv5: { colour: colours[2], width: 2.8 },
  dilated3: { colour: colours[5], width: 2.8 },
};

/** Both kinds of cells as graphs from left to right: the outputs of the two cells in front, the nodes with the operations of their edges, the concatenation of all nodes. */
export function drawCells(title: string, genotype: Genotype): string {
  const nodes = Math.max(...cellKinds.map((kind) => genotype[kind].length));
  const width = left + (nodes + 1) * nodeStep + box.width;
  const height = 40 + cellKinds.length * cellHeight;
  const cells = cellKinds.map(
    (kind, i) => `<g transform="translate(0 ${40 + i * cellHeight})">${drawCell(kind, genotype)}</g>`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">` +
    `<rect width="100%" height="100%" fill="#fff"/>${label({ x: width / 2, y: 20 }, title, 'font-size="14" font-weight="bold"')}${cells.join('')}</svg>\n`
  );
}

function drawCell(kind: CellKind, genotype: Genotype): string {
  const nodes = genotype[kind];
  const middle = cellHeight / 2 + 10;
  /** Maps by the number that edges know them by; nodes alternate around the middle, so that edges over a node pass it. */
  const places: Point[] = [
    { x: left - 30, y: middle - 90 },
    { x: left - 30, y: middle + 90 },
    ...nodes.map((_, i) => ({ x: left + (i + 0.75) * nodeStep, y: middle + (i % 2 === 0 ? -45 : 45) })),
  ];
  const output = { x: left + (nodes.length + 0.6) * nodeStep, y: middle };
  const edges = nodes.flatMap((node, i) =>
    node.map(({ from, operation }) => {
      const { colour, width } = looks[operation];
      return edge(places[from], places[i + 2], { colour, width, name: operation });
    }),
  );
  const outputs = nodes.map((_, i) => edge(places[i + 2], output, { colour: '#d0d5dc', width: 1 }));
  const names = ['input 0', 'input 1', ...nodes.map((_, i) => `node ${i}`)];
  const boxes = [
    ...places.map((place, i) => boxed(place, names[i], i < 2 ? '#eef2f7' : '#fff')),
    boxed(output, 'output', '#eef2f7'),
  ];
  return (
    label({ x: left - 30, y: 16 }, `${kind} cell`, 'font-weight="bold"') +
    outputs.join('') +
    edges.join('') +
    boxes.join('')
  );
}

/** A curve that leaves and arrives level, with its text on its middle. */
function edge(a: Point, b: Point, { colour, width, name }: { colour: string; width: number; name?: string }): string {
  const [start, end] = [a.x + box.width / 2, b.x - box.width / 2];
  const bend = Math.max(30, (end - start) / 2);
  const path = `M${start} ${a.y}C${start + bend} ${a.y} ${end - bend} ${b.y} ${end} ${b.y}`;
  const line = `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${width}"/>`;
  if (name === undefined) return line;
  const halo = 'stroke="#fff" stroke-width="4" paint-order="stroke"';
  return line + label({ x: (start + end) / 2, y: (a.y + b.y) / 2 }, name, `font-size="11" ${halo}`);
}

function boxed({ x, y }: Point, name: string, fill: string): string {
  const { width, height } = box;
  const rect = `<rect x="${x - width / 2}" y="${y - height / 2}" width="${width}" height="${height}" rx="6" fill="${fill}" stroke="#444"/>`;
  return rect + label({ x, y }, name);
}

function label({ x, y }: Point, words: string, attributes = ''): string {
  return `<text x="${x}" y="${y}" text-anchor="middle" dominant-baseline="central" fill="#222" ${attributes}>${text(words)}</text>`;
}
