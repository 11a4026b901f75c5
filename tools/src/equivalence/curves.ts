/** A loss curve: `[step, loss]`. */
export type Curve = readonly (readonly [step: number, loss: number])[];

/** The first step at which two curves differ by more than `limit` relative to the reference; undefined if they never do where both have steps. */
export function firstDifference(curve: Curve, reference: Curve, limit: number): number | undefined {
  const expected = new Map(reference);
  return curve.find(([step, loss]) => {
    const value = expected.get(step);
    return value !== undefined && Math.abs(loss - value) > limit * Math.abs(value);
  })?.[0];
}

/** `[step, |difference| / reference]`; steps of equal loss are left out, since they have no place on a logarithmic axis. */
export function relativeDifferences(curve: Curve, reference: Curve): Curve {
  const expected = new Map(reference);
  return curve.flatMap(([step, loss]) => {
    const value = expected.get(step);
    const difference = value === undefined ? 0 : Math.abs(loss / value - 1);
    return difference > 0 ? [[step, difference] as const] : [];
  });
}
