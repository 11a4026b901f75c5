import { OnebitError } from '@onebit/common';
import type { Box, DataProblem, ProblemKind } from './types.js';

/**
 * What to do about annotations that cannot be right: stop with a list of them; clip boxes to the picture (and drop what nothing is left of or
 * cannot be clipped); or drop the object, the picture where the picture is at fault.
 */
export type ProblemPolicy = 'error' | 'clip' | 'drop';

/** Findings shown in an error; the rest is counted. */
const shownProblems = 5;

/** Collects what is wrong while a data set is read, and at the end either complains or lets it pass. */
export class ProblemLog {
  readonly problems: DataProblem[] = [];
  #fatal = 0;

  constructor(readonly policy: ProblemPolicy) {}

  /** @param tolerated true for findings that official files have: dealt with and listed, but no error under any policy. */
  add(kind: ProblemKind, where: string, found: string, action: DataProblem['action'], tolerated = false): void {
    if (this.policy === 'error' && !tolerated) this.#fatal++;
    const problem = { kind, where, found, action };
    // Fatal ones first, so that an error shows those.
    if (tolerated || this.policy !== 'error') this.problems.push(problem);
    else this.problems.splice(this.#fatal - 1, 0, problem);
  }

  /** @throws OnebitError ERR_DATA under the policy `error` if anything was found that is not tolerated. */
  finish(dataset: string): readonly DataProblem[] {
    if (this.#fatal === 0) return this.problems;
    const fatal = this.problems.slice(0, this.#fatal);
    const lines = fatal.slice(0, shownProblems).map(({ where, found }) => `  ${where}: ${found}`);
    const rest = fatal.length - lines.length;
    if (rest > 0) lines.push(`  and ${rest} more`);
    const kinds = fatal.map(({ kind }) => kind);
    const counts = [...new Set(kinds)].map((kind) => `${kind} ${kinds.filter((other) => other === kind).length}`);
    throw new OnebitError(
      'ERR_DATA',
      `${dataset}: annotations must fit their pictures and classes, found ${fatal.length} that do not (${counts.join(', ')}):\n` +
        `${lines.join('\n')}\nMend the files, or choose what to do about such annotations: policy 'clip' or 'drop'.`,
    );
  }
}

/** A box with what its file calls its sides, for messages. */
export interface RawBox {
  readonly box: Box;
  /** Says which side is outside, in the file's own terms, given the side's position in `box`. */
  describe(side: 0 | 1 | 2 | 3): string;
}

/**
 * Checks a box against its picture.
 * @param tolerance pixels a side may lie outside without remark: it is then moved to the edge.
 * @param zeroIsKnown boxes without area are dropped without an error, because official files have them.
 * @returns the box inside the picture, or undefined when the object has to go.
 */
export function checkBox(
  raw: RawBox,
  size: { readonly width: number; readonly height: number },
  where: string,
  log: ProblemLog,
  { tolerance, zeroIsKnown }: { tolerance: number; zeroIsKnown: boolean },
): Box | undefined {
  const { box } = raw;
  const [x1, y1, x2, y2] = box;
  if (x2 < x1 || y2 < y1) {
    log.add('inverted-box', where, raw.describe(x2 < x1 ? 2 : 3), 'object dropped');
    return undefined;
  }
  const clamp = (value: number, high: number) => Math.min(Math.max(value, 0), high);
  const clipped: Box = [clamp(x1, size.width), clamp(y1, size.height), clamp(x2, size.width), clamp(y2, size.height)];
  const overshoot = box.map((value, side) => Math.abs(value - clipped[side]));
  const worst = overshoot.indexOf(Math.max(...overshoot)) as 0 | 1 | 2 | 3;
  const isEmpty = clipped[2] <= clipped[0] || clipped[3] <= clipped[1];
  if (overshoot[worst] > tolerance) {
    const isClipped = log.policy === 'clip' && !isEmpty;
    log.add('outside-image', where, raw.describe(worst), isClipped ? 'clipped' : 'object dropped');
    return isClipped ? clipped : undefined;
  }
  if (isEmpty) {
    log.add('zero-area', where, `box without area [${box.join(', ')}]`, 'object dropped', zeroIsKnown);
    return undefined;
  }
  return clipped;
}
