/** A value a pixel, row after row. */
type PixelMap = Uint8Array | Uint16Array | Int32Array | Uint32Array;

/** Calls `visit` for every run of pixels in which neither map changes; maps are made of areas, so runs are far fewer than pixels. */
export function forEachRun(
  truth: PixelMap,
  prediction: PixelMap,
  visit: (start: number, length: number) => void,
): void {
  let start = 0;
  for (let i = 1; i <= truth.length; i++) {
    if (i < truth.length && truth[i] === truth[start] && prediction[i] === prediction[start]) continue;
    visit(start, i - start);
    start = i;
  }
}
