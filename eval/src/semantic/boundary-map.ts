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
 * Two passes with running lengths, so a pixel costs the same for every d and any number of labels: along a row, pixel x - d is inside when
 * the run of its label has reached 2d + 1 at x; down the columns, the same over pixels that are inside their rows.
 * @param labels [height, width], row after row.
 * @returns [height, width], 0 or 1.
 */
export function boundaryMap(labels: ArrayLike<number>, height: number, width: number, d: number): Uint8Array {
  const insideRow = insideRows(labels, height, width, d);
  const boundary = new Uint8Array(height * width).fill(1);
  const runs = new Uint32Array(width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (insideRow[i] === 0) runs[x] = 0;
      else if (y > 0 && labels[i] === labels[i - width]) runs[x]++;
      else runs[x] = 1;
      if (runs[x] > 2 * d) boundary[i - d * width] = 0;
    }
  }
  return boundary;
}

/** 1 where the pixels up to d to the left and right are in the image and have the label of the pixel. */
function insideRows(labels: ArrayLike<number>, height: number, width: number, d: number): Uint8Array {
  const inside = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) {
    let run = 0;
    for (let i = y * width; i < (y + 1) * width; i++) {
      run = run > 0 && labels[i] === labels[i - 1] ? run + 1 : 1;
      if (run > 2 * d) inside[i - d] = 1;
    }
  }
  return inside;
}
