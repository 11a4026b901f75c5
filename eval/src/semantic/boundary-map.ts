/**
 * How far a boundary reaches into an area, in pixels: `max(1, round(ratio * diagonal))`, halves rounded to the even number as Python does.
 * @param ratio Share of the image's diagonal: 0.02 for COCO and LVIS, 0.005 for Cityscapes.
 */
export function boundaryDistance(height: number, width: number, ratio: number): number {
  return Math.max(1, roundHalfToEven(ratio * Math.sqrt(height * height + width * width)));
}

function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/**
 * Marks the boundaries of all areas of equal label at once: 1 where the (2d + 1) x (2d + 1) square around a pixel leaves the image or meets
 * another label. For the pixels of one label this is its mask minus the mask's erosion by that square, with background outside the image
 * (Cheng et al., CVPR 2021, section 3).
 *
 * One pass over the pixels, whatever d and the number of labels: a row falls into runs of equal label, whose pixels at least d from both
 * ends are inside; down each column the length of the run of such pixels is kept, and where it reaches 2d + 1, the pixel d above is off
 * the boundary.
 * @param labels [height, width], row after row.
 * @returns [height, width], 0 or 1.
 */
export function boundaryMap(
  labels: Uint8Array | Int32Array | Uint32Array,
  height: number,
  width: number,
  d: number,
): Uint8Array {
  const words = labels instanceof Int32Array ? labels : new Int32Array(labels); // V8 is fastest on one kind of array
  const boundary = new Uint8Array(height * width).fill(1);
  const depths = new Int32Array(width); // per column: inside pixels of one label that end in this row
  for (let y = 0; y < height; y++) {
    const row = y * width;
    const above = y > 0 ? width : 0; // the first row compares with itself, at depth 0
    for (let start = row; start < row + width; ) {
      const label = words[start];
      let end = start + 1;
      while (end < row + width && words[end] === label) end++;
      const from = Math.min(start + d, end);
      const to = Math.max(end - d, from);
      for (let i = start; i < from; i++) depths[i - row] = 0;
      for (let i = from; i < to; i++) {
        const depth = words[i - above] === label ? depths[i - row] + 1 : 1;
        depths[i - row] = depth;
        if (depth > 2 * d) boundary[i - d * width] = 0;
      }
      for (let i = to; i < end; i++) depths[i - row] = 0;
      start = end;
    }
  }
  return boundary;
}
