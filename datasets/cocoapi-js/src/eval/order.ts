/** The numbers start, start + 1, …, end - 1. */
export function range(start: number, end: number): Int32Array {
  const numbers = new Int32Array(end - start);
  for (let i = 0; i < numbers.length; i++) numbers[i] = start + i;
  return numbers;
}

/**
 * Stable counting sort of row numbers.
 * @param order rows in their present order.
 * @param keys by row, in [0, distinct).
 */
export function orderByKey(order: Int32Array, keys: Int32Array, distinct: number): Int32Array {
  const next = new Int32Array(distinct + 1);
  for (let i = 0; i < order.length; i++) next[keys[order[i]] + 1]++;
  for (let key = 0; key < distinct; key++) next[key + 1] += next[key];
  const sorted = new Int32Array(order.length);
  for (let i = 0; i < order.length; i++) sorted[next[keys[order[i]]]++] = order[i];
  return sorted;
}

/**
 * Stable sort of row numbers by descending score; NaN comes last, -0 equals 0.
 *
 * A radix sort over the bytes of the doubles: it reads no score twice by comparison, and takes time linear in the rows.
 */
export function orderByScore(order: Int32Array, scores: Float64Array): Int32Array {
  const bytes = sortableBytes(scores);
  let from: Int32Array = order;
  let to: Int32Array = new Int32Array(order.length);
  const next = new Int32Array(257);
  for (let byte = 0; byte < 8; byte++) {
    next.fill(0);
    for (let i = byte; i < bytes.length; i += 8) next[bytes[i] + 1]++;
    if (next.indexOf(scores.length) >= 0) continue; // the same byte in every row
    for (let value = 0; value < 256; value++) next[value + 1] += next[value];
    for (let i = 0; i < from.length; i++) to[next[bytes[8 * from[i] + byte]]++] = from[i];
    [from, to] = [to, from === order ? new Int32Array(order.length) : from];
  }
  return from;
}

/** Doubles as little-endian bytes whose order as unsigned integers is the descending order of the scores. */
function sortableBytes(scores: Float64Array): Uint8Array {
  const keys = new Float64Array(scores.length);
  const words = new Uint32Array(keys.buffer);
  for (let i = 0; i < scores.length; i++) {
    keys[i] = 0 - scores[i]; // 0 - 0 and 0 - -0 are both 0
    if (Number.isNaN(keys[i])) words.fill(0xffffffff, 2 * i, 2 * i + 2);
    else if (words[2 * i + 1] >= 0x80000000) {
      words[2 * i] = ~words[2 * i];
      words[2 * i + 1] = ~words[2 * i + 1];
    } else words[2 * i + 1] |= 0x80000000;
  }
  return new Uint8Array(keys.buffer);
}
