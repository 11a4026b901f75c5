import {
  type ApRule,
  apRules,
  averagePrecisions,
  type ClassAps,
  type ClassMean,
  meanAp,
  type Repair,
  repairedOrder,
} from './average-precision.js';
import { classify, Outcome, type Thresholds, type Verdicts } from './classify.js';
import { Ignore, type TideInput } from './tide-input.js';
import { byType, type TideErrorType } from './types.js';

const bit = (type: keyof typeof Outcome) => 1 << Outcome[type];

/** What mending one kind of error means (Bolya et al. 2020, section 2.3). */
const repairs: Readonly<Record<TideErrorType, Repair>> = {
  Cls: { corrected: bit('Cls') },
  Loc: { corrected: bit('Loc') },
  Both: { dropped: bit('Both') },
  Dupe: { dropped: bit('Dupe') },
  Bkg: { dropped: bit('Bkg') },
  Miss: { forgiven: 'missed' },
};

type ByType<T> = Record<TideErrorType, T>;

/** AP, and what it gains by each repair. */
interface Breakdown {
  readonly verdicts: Verdicts;
  readonly ap: number;
  readonly dAP: ByType<number>;
  readonly special: { readonly FalsePos: number; readonly FalseNeg: number };
  /** Columns [K]. */
  readonly perClass: {
    readonly ap: Float64Array;
    readonly dAP: ByType<Float64Array>;
    readonly counts: ByType<Int32Array>;
    readonly objects: Int32Array;
  };
}

/** Classifies every error and takes AP again with each kind mended. */
export function breakDown(input: TideInput, options: Thresholds & { readonly classMean: ClassMean }): Breakdown {
  const verdicts = classify(input, options);
  const rule = apRules[options.classMean];
  const base = averagePrecisions(input, verdicts, rule, verdicts.order);
  const ap = meanAp(base, rule);
  const mend = repairer(input, verdicts, rule);
  const counts = countErrors(input, verdicts);
  const mended = byType((type) => (counts[type].some((count) => count > 0) ? mend(repairs[type]) : base));
  const withoutFalse = mend({ dropped: bit('Cls') | bit('Loc') | bit('Both') | bit('Dupe') | bit('Bkg') });
  return {
    verdicts,
    ap,
    dAP: byType((type) => meanAp(mended[type], rule) - ap),
    special: {
      // Wrong detections are ranked behind all others, not dropped: the classes in the mean stay.
      FalsePos: meanAp({ ap: withoutFalse.ap, detections: base.detections }, rule) - ap,
      FalseNeg: meanAp(mend({ forgiven: 'not found' }), rule) - ap,
    },
    perClass: {
      ap: base.ap,
      dAP: byType((type) => mended[type].ap.map((value, k) => value - base.ap[k])),
      counts,
      objects: countOf(input.classes, input.objects.label, (j) => input.objects.ignore[j] === Ignore.no),
    },
  };
}

/** AP of every class after a repair. */
function repairer(input: TideInput, verdicts: Verdicts, rule: ApRule): (repair: Repair) => ClassAps {
  const order = repairedOrder(input, verdicts, rule);
  return (repair) => averagePrecisions(input, verdicts, rule, order, repair);
}

function countErrors(input: TideInput, verdicts: Verdicts): ByType<Int32Array> {
  return byType((type) =>
    type === 'Miss'
      ? countOf(input.classes, input.objects.label, (j) => isMissed(input, verdicts, j))
      : countOf(input.classes, input.detections.label, (i) => verdicts.outcome[i] === Outcome[type]),
  );
}

/** Whether the object `j` was neither found nor nearly found. */
export function isMissed(input: TideInput, { found, nearest }: Verdicts, j: number): boolean {
  return input.objects.ignore[j] === Ignore.no && found[j] === 0 && nearest[j] < 0;
}

/** [K] items of each class that `counts`. */
function countOf(classes: number, labels: Int32Array, counts: (index: number) => boolean): Int32Array {
  const result = new Int32Array(classes);
  for (let i = 0; i < labels.length; i++) if (counts(i)) result[labels[i]]++;
  return result;
}
