import type { VocBox } from '../annotation/types.js';
import { parseDecimal } from '../decimal.js';
import { VocError } from '../errors.js';

/** A line of a detection results file. */
export interface VocDetection {
  /** Id of the image, as in the image sets. */
  readonly image: string;
  /** Confidence on any scale; larger is surer. */
  readonly score: number;
  /** 1-based pixels, both ends inside, as annotations have. */
  readonly box: VocBox;
}

const columns = ['image', 'score', 'xmin', 'ymin', 'xmax', 'ymax'] as const;

/**
 * Reads a results file of one class (`comp4_det_test_car.txt`): `image score xmin ymin xmax ymax` a line, in any number notation. Blanks at
 * the ends, CR LF and empty lines are passed over. Whether the images exist is the evaluator's business.
 * @param file used in error messages alone.
 * @throws VocError with file, line and field for other lines and for numbers that are not finite.
 */
export function parseResults(text: string, file: string): VocDetection[] {
  const detections: VocDetection[] = [];
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  for (let i = 0; i < lines.length; i++) {
    const content = lines[i].trim();
    if (content !== '') detections.push(readLine(content, file, i + 1));
  }
  return detections;
}

function readLine(content: string, file: string, line: number): VocDetection {
  const words = content.split(/\s+/);
  if (words.length !== columns.length) {
    const found = JSON.stringify(content.slice(0, 60));
    throw new VocError(file, line, undefined, `must be "${columns.join(' ')}", found ${found}`);
  }
  const number = (column: number): number => {
    const value = parseDecimal(words[column]);
    if (!Number.isNaN(value)) return value;
    const found = JSON.stringify(words[column].slice(0, 60));
    throw new VocError(file, line, columns[column], `must be a finite number, found ${found}`);
  };
  const [score, xmin, ymin, xmax, ymax] = [number(1), number(2), number(3), number(4), number(5)];
  return { image: words[0], score, box: { xmin, ymin, xmax, ymax } };
}

/** How many decimals a results file gets; undefined writes as many as give the same number back. */
export interface ResultsDecimals {
  readonly score?: number;
  readonly box?: number;
}

/** Three for scores and one for boxes, as detectron2 and BiDet's evaluators write before they evaluate: ties arise from it. */
export const detectron2Decimals: ResultsDecimals = { score: 3, box: 1 };

/** Writes the results file of one class. Without `decimals`, `parseResults` of it gives equal detections. */
export function serializeResults(detections: Iterable<VocDetection>, decimals: ResultsDecimals = {}): string {
  const lines: string[] = [];
  for (const { image, score, box } of detections) {
    const words = [score, box.xmin, box.ymin, box.xmax, box.ymax].map((value, i) => {
      if (!Number.isFinite(value)) {
        const complaint = `must be a finite number, found ${value}`;
        throw new VocError('results', lines.length + 1, columns[i + 1], complaint);
      }
      const places = i === 0 ? decimals.score : decimals.box;
      return places === undefined ? String(value) : value.toFixed(places);
    });
    if (!/^\S+$/.test(image)) {
      const found = JSON.stringify(image);
      throw new VocError('results', lines.length + 1, 'image', `must be a word without blanks, found ${found}`);
    }
    lines.push(`${image} ${words.join(' ')}\n`);
  }
  return lines.join('');
}
