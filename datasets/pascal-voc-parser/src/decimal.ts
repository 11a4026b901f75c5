/** A decimal number; NaN for anything else, also for the `0x10`, `Infinity` and empty text that JavaScript takes for numbers. */
export function parseDecimal(text: string): number {
  const value = Number(text);
  return text !== '' && Number.isFinite(value) && !/^0[xob]/i.test(text) ? value : Number.NaN;
}
