/** The value of a mask's border pixels, which are neither trained on nor scored. Its colour is (224, 224, 192). */
export const vocVoid = 255;

/**
 * VOC's colour of a label 0..255: the label's bits are taken three at a time from the low end, one for each of red, green and blue, and fill
 * the channels from their highest bit down. So 1 = (128, 0, 0), 2 = (0, 128, 0), 15 = (192, 128, 128).
 */
export function vocColour(label: number): readonly [red: number, green: number, blue: number] {
  const rgb: [number, number, number] = [0, 0, 0];
  for (let bit = 7, rest = label; rest > 0; bit--, rest >>= 3) {
    for (let channel = 0; channel < 3; channel++) rgb[channel] |= ((rest >> channel) & 1) << bit;
  }
  return rgb;
}

/** {@link vocColour} of every label, [256, red green blue], as a palette PNG stores it. */
export function vocPalette(): Uint8Array {
  return Uint8Array.from(Array.from({ length: 256 }, (_, label) => vocColour(label)).flat());
}
