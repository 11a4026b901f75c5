import { text } from './page.js';
import type { ConfusionPlot } from './plots.js';

/** Up to this many classes a cell is wide enough for its number. */
const mostNumbered = 24;

/**
 * A confusion matrix as an SVG text: a cell is as dark as its share of its row, so that rare classes are as readable as frequent ones. Rows
 * that hold nothing stay white.
 */
export function drawConfusion({ title, names, counts }: ConfusionPlot): string {
  const isNumbered = names.length <= mostNumbered;
  const cell = isNumbered ? Math.max(30, Math.min(54, 560 / names.length)) : Math.max(8, 760 / names.length);
  const font = Math.min(12, Math.max(7, cell * 0.85));
  const margin = 34 + Math.min(130, Math.max(...names.map(({ length }) => length), 4) * font * 0.58);
  const side = cell * names.length;
  const [width, height] = [margin + side + 76, margin + side + 56].map(Math.ceil);
  const cells = counts.flatMap((row, i) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, j) => {
      const share = total > 0 ? count / total : 0;
      return drawCell(margin + j * cell, 40 + i * cell, cell, share, count, isNumbered);
    });
  });
  const at = (i: number) => (i + 0.5) * cell;
  const rows = names.map(
    (name, i) => `<text x="${margin - 6}" y="${40 + at(i) + font * 0.35}" text-anchor="end">${text(name)}</text>`,
  );
  const columns = names.map((name, j) => {
    const [x, y] = [margin + at(j) + font * 0.35, 40 + side + 8];
    return `<text transform="translate(${x} ${y}) rotate(-90)" text-anchor="end">${text(name)}</text>`;
  });
  const labels = `<g font-size="${font}" fill="#333">${[...rows, ...columns].join('')}</g>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${margin}" y="20" font-size="14" font-weight="bold" fill="#222">${text(title)}</text>`,
    cells.join(''),
    `<rect x="${margin}" y="40" width="${side}" height="${side}" fill="none" stroke="#444"/>`,
    labels,
    `<text transform="translate(14 ${40 + side / 2}) rotate(-90)" text-anchor="middle" font-size="12" fill="#222">truth</text>`,
    `<text x="${margin + side / 2}" y="${height - 8}" text-anchor="middle" font-size="12" fill="#222">prediction</text>`,
    colourBar(margin + side + 18, 40, Math.min(side, 220)),
    '</svg>',
  ].join('\n');
}

function drawCell(x: number, y: number, size: number, share: number, count: number, isNumbered: boolean): string {
  if (count === 0) return '';
  const rect = `<rect x="${x.toFixed(2)}" y="${y.toFixed(2)}" width="${size.toFixed(2)}" height="${size.toFixed(2)}" fill="${shade(share)}"/>`;
  if (!isNumbered) return rect;
  const colour = share > 0.5 ? '#fff' : '#222';
  const at = `x="${(x + size / 2).toFixed(2)}" y="${(y + size / 2 + 4).toFixed(2)}"`;
  const percent = share >= 0.995 ? '100' : share < 0.005 ? '<1' : (share * 100).toFixed(0);
  return `${rect}<text ${at} text-anchor="middle" font-size="10.5" fill="${colour}">${text(percent)}</text>`;
}

function colourBar(x: number, y: number, height: number): string {
  const steps = 40;
  const part = height / steps;
  const bars = Array.from({ length: steps }, (_, i) => {
    const top = y + i * part;
    return `<rect x="${x}" y="${top.toFixed(2)}" width="10" height="${(part + 0.3).toFixed(2)}" fill="${shade(1 - (i + 0.5) / steps)}"/>`;
  });
  const ticks = [100, 50, 0].map(
    (percent, i) =>
      `<text x="${x + 15}" y="${y + (i * height) / 2 + 4}" font-size="10" fill="#333">${percent} %</text>`,
  );
  return `${bars.join('')}<rect x="${x}" y="${y}" width="10" height="${height}" fill="none" stroke="#444" stroke-width="0.6"/>${ticks.join('')}`;
}

/** White over light blue to the dark blue of the charts; the square root keeps small shares visible. */
function shade(share: number): string {
  const t = Math.sqrt(share);
  const mix = (from: number, to: number) => Math.round(from + (to - from) * t);
  return `rgb(${mix(255, 0)},${mix(255, 72)},${mix(255, 132)})`;
}
