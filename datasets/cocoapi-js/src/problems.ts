import { CocoError } from './errors.js';

/** Something in the data to which pycocotools answers with a wrong number and no word. */
export interface CocoProblem {
  readonly code: CocoProblemCode;
  /** The first place: `annotations[17].id`. */
  readonly place: string;
  /** How often it was found. */
  readonly count: number;
  /** What was expected and found, what pycocotools does, and how to mend it. */
  readonly message: string;
}

interface Finding {
  readonly expected: string;
  readonly consequence: string;
  readonly fix: string;
}

const findings = {
  'duplicate-member': {
    expected: 'must stand once in the file',
    consequence: 'takes the last one alone',
    fix: 'join the lists',
  },
  'annotation-id-zero': {
    expected: 'must not be 0',
    consequence: 'takes a match with it for none, so that its detection counts as a false positive',
    fix: 'renumber: true',
  },
  'duplicate-annotation-id': {
    expected: 'must not be there twice',
    consequence: 'evaluates the last one of them several times and the others never',
    fix: 'renumber: true',
  },
  'duplicate-image-id': {
    expected: 'must not be there twice',
    consequence: 'keeps the last one alone',
    fix: 'give every image its own id',
  },
  'duplicate-category-id': {
    expected: 'must not be there twice',
    consequence: 'keeps the last one alone',
    fix: 'give every category its own id',
  },
  'unsafe-id': {
    expected: 'must be at most 2^53 - 1 or a text',
    consequence: 'loses its last digits when it stores matches, and JSON in JavaScript when it is read',
    fix: 'use smaller numbers or texts',
  },
  'unknown-image': {
    expected: 'must be the id of an image',
    consequence: 'never evaluates it',
    fix: 'list the image, or write its id as in images: 1 and "1" are different ids',
  },
  'unknown-category': {
    expected: 'must be the id of a category',
    consequence: 'never evaluates it',
    fix: 'list the category, or map class indices to the ids of the categories (COCO has gaps: 1 to 90)',
  },
  'ignore-field': {
    expected: 'must agree with iscrowd',
    consequence: 'overwrites it with iscrowd, so that the object counts',
    fix: 'set iscrowd to 1 or remove the field',
  },
  'negative-box': {
    expected: 'must have a width and height of 0 or more',
    consequence: 'finds no overlap of it with any box',
    fix: 'write [x, y, width, height]',
  },
  'area-of-box': {
    expected: 'must be the pixels of the outline',
    consequence: 'sorts the object into small, medium and large by it',
    fix: 'take mask.area of annToRLE',
  },
  'area-of-one': {
    expected: 'must be the pixels of the object',
    consequence: 'takes every object for a small one',
    fix: 'write the area of the mask, or width x height where there is none',
  },
  'mask-size': {
    expected: "must be the image's [height, width]",
    consequence: 'finds an overlap of 0 or -1 with every mask',
    fix: 'write [height, width]; a mask that was encoded transposed must be encoded again',
  },
  'invalid-number': {
    expected: 'must be a finite number',
    consequence: 'sorts a score of NaN last but counts the detection, and overlaps of NaN match nothing',
    fix: 'look for the division by zero that made it',
  },
} satisfies Record<string, Finding>;

/** Name of a kind of problem. */
export type CocoProblemCode = keyof typeof findings;

/** Counts the problems of one file; of each kind the first is told. */
export class ProblemLog {
  readonly #first = new Map<CocoProblemCode, { place: string; found: string; count: number }>();

  constructor(
    readonly file: string,
    /** Whether the annotations get new ids, so that theirs do not matter. */
    readonly renumbers = false,
  ) {}

  /** @param place is written, with its field, only for the first problem of a kind. */
  add(code: CocoProblemCode, list: string, index: number, field: string, found: unknown): void {
    const first = this.#first.get(code);
    if (first) first.count++;
    else this.#first.set(code, { place: `${list}[${index}]${field}`, found: show(found), count: 1 });
  }

  /** The problems, one per kind. @throws CocoError for the first when `strict`, with the numbers of all. */
  finish(strict: boolean): CocoProblem[] {
    const problems = [...this.#first].map(([code, { place, found, count }]) => {
      const { expected, consequence, fix } = findings[code];
      const often = count === 1 ? '' : ` and ${count - 1} more`;
      return {
        code,
        place,
        count,
        message: `${expected}, found ${found}${often}. pycocotools ${consequence}. To mend it: ${fix}`,
      };
    });
    if (!strict || problems.length === 0) return problems;
    const [{ code, place, message }, ...others] = problems;
    const rest = others.map((other) => `; besides ${other.code} (${other.count})`).join('');
    throw new CocoError(this.file, place, `${message}, or strict: false for pycocotools' number${rest}`, { code });
  }
}

const longest = 80;

/** A value in a message; deep inside only its kind. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return shorten(JSON.stringify(value.slice(0, longest)));
  if (Array.isArray(value))
    return shorten(`[${value.slice(0, 8).map(showInside).join(',')}${value.length > 8 ? ',…' : ''}]`);
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).slice(0, 8);
    return shorten(`{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${showInside(inner)}`).join(',')}}`);
  }
  return String(value);
}

function showInside(value: unknown): string {
  if (Array.isArray(value)) return '[…]';
  return typeof value === 'object' && value !== null ? '{…}' : show(value);
}

function shorten(text: string): string {
  return text.length > longest ? `${text.slice(0, longest - 3)}…` : text;
}
