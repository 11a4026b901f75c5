/** Stable codes of the errors this project throws on purpose. */
export type ErrorCode =
  | 'ERR_SHAPE'
  | 'ERR_UNKNOWN_NAME'
  | 'ERR_RECIPE'
  | 'ERR_DATA'
  | 'ERR_BACKEND'
  | 'ERR_CHECKPOINT'
  | 'ERR_FORMAT'
  | 'ERR_DIVERGED'
  | 'ERR_MEMORY'
  | 'ERR_OUTPUT'
  | 'ERR_INTERRUPTED'
  | 'ERR_USAGE';

/**
 * Base of every error that is the caller's to mend. The message reads `where: what must hold, what was found`, then the fix when it is known;
 * `code` is stable across versions, the message is for people.
 */
export class OnebitError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'OnebitError';
  }
}

/** Errors of the packages that stand alone (pascal-voc-parser, cocoapi-js) and so cannot be of our class: they tell of data. */
const dataErrors: readonly string[] = ['CocoError', 'VocError'];

/** True for errors the user can mend (exit code 1); anything else is a bug of ours (exit code 2). */
export function isUserError(error: unknown): error is Error {
  return error instanceof Error && (error.name === 'OnebitError' || dataErrors.includes(error.name));
}

/** The stable code of an error the user can mend; the parsers have codes of their own, which are ERR_DATA here. */
export function codeOf(error: Error): ErrorCode {
  return error.name === 'OnebitError' ? (error as OnebitError).code : 'ERR_DATA';
}

/** `pack: input must be [N, H, W, C] with C > 0, got [1, 38, 38]` */
export function shapeError(where: string, argument: string, expected: string, actual: readonly number[]): OnebitError {
  return new OnebitError('ERR_SHAPE', `${where}: ${argument} must be ${expected}, got [${actual.join(', ')}]`);
}

/** Unknown names always list what would have been accepted, the nearest one first. */
export function unknownName(where: string, name: string, known: readonly string[]): OnebitError {
  const near = suggest(name, known);
  const hint = near === undefined ? '' : ` Did you mean ${JSON.stringify(near)}?`;
  return new OnebitError(
    'ERR_UNKNOWN_NAME',
    `${where}: unknown name ${JSON.stringify(name)}; known: ${known.join(', ')}.${hint}`,
  );
}

/** The known name nearest to `name`, if it is near enough to be a slip of the keyboard. */
export function suggest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(previous[j] + 1, row[j - 1] + 1, substitute));
    }
    previous = row;
  }
  return previous[b.length];
}
