import type { Levels } from '../../native/binary.js';

/** `fn isNan(value: u32) -> bool` of the bit pattern of a float. */
export const nanTest = 'fn isNan(value: u32) -> bool { return (value & 0x7fffffffu) > 0x7f800000u; }';

/**
 * `fn bitOf(value: u32, threshold: u32, flip: bool) -> u32`: the bit of a float against its threshold, both as bit patterns. Integers decide, since
 * WGSL lets a GPU flush subnormal floats to zero and forget about NaN; so the bits are those of the reference for every input.
 */
export function comparison(levels: Levels): string {
  return `
// Same order as the floats, -0 and +0 equal.
fn orderOf(value: u32) -> i32 {
  return select(bitcast<i32>(value), bitcast<i32>(0x80000000u - value), value >= 0x80000000u);
}
${nanTest}
fn bitOf(value: u32, threshold: u32, flip: bool) -> u32 {
  let a = select(orderOf(value), orderOf(threshold), flip);
  let b = select(orderOf(threshold), orderOf(value), flip);
  let ordered = !isNan(value) && !isNan(threshold);
  return select(0u, 1u, ${levels === 'pm1' ? '!(ordered && a >= b)' : 'ordered && a > b'});
}
`;
}
