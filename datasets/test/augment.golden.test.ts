import { expect, test } from 'vitest';
import { compared, goldenFile, goldenJson, hasGolden } from '../../test/golden.js';
import { augmentPicture, distortWhole, type PictureOptions } from '../src/augment/augment.js';
import type { Draws } from '../src/augment/draws.js';
import { drawDistortion } from '../src/augment/photometric.js';
import type { Box } from '../src/types.js';

const kind = 'bidet/augment';

/** `["randint", n, value]`, `["choice", n, value]`, `["uniform", low, high, value]` */
type RecordedDraw = [string, ...number[]];
interface Stage {
  stage: string;
  draws: RecordedDraw[];
}

/** Gives recorded draws back, and checks that each is asked for with the bounds it was recorded with. */
function replay(stages: readonly Stage[]): Draws & { left(): number } {
  const queue = stages.flatMap(({ draws }) => draws);
  const next = (kinds: string[]) => {
    const draw = queue.shift();
    expect(kinds).toContain(draw?.[0]);
    return draw!.slice(1) as number[];
  };
  return {
    left: () => queue.length,
    integer(n) {
      const [recorded, value] = next(['randint', 'choice']);
      expect(n).toBe(recorded);
      return value;
    },
    uniform(low, high) {
      const [recordedLow, recordedHigh, value] = next(['uniform']);
      expect(low).toBeCloseTo(recordedLow, 9);
      expect(high).toBeCloseTo(recordedHigh, 9);
      return value;
    },
  };
}

/** Blue, green, red of the vectors to red, green, blue and back. */
function reverseChannels<T extends Uint8Array | Float32Array>(pixels: T): T {
  const result = pixels.slice() as T;
  for (let i = 0; i < result.length; i += 3) [result[i], result[i + 2]] = [pixels[i + 2], pixels[i]];
  return result;
}

function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let error = 0;
  for (let i = 0; i < expected.length; i++) error = Math.max(error, Math.abs(actual[i] - expected[i]));
  return error;
}

test.runIf(hasGolden(`${kind}.safetensors`))('the official augmentation gives the recorded pictures and boxes', () => {
  const { tensors } = goldenFile(`${kind}.safetensors`);
  const recorded = goldenJson<Record<string, Stage[]>>(`${kind}.json`);
  const read = (name: string) => tensors.get(name)!;
  let count = 0;
  for (const [name, stages] of Object.entries(recorded)) {
    const { shape, data } = read(`${name}.image`);
    const [height, width] = shape;
    const image = { data: reverseChannels(data as Uint8Array), width, height };
    const labels = read(`${name}.labels`).data as Float64Array;
    const relative = read(`${name}.boxes`).data as Float64Array;
    const objects = Array.from(labels, (label, i) => {
      const [x1, y1, x2, y2] = relative.subarray(i * 4, i * 4 + 4);
      return { label, box: [x1 * width, y1 * height, x2 * width, y2 * height] as Box };
    });
    const expected = read(`${name}.out_image_bgr`);
    const [outHeight, outWidth] = expected.shape;
    const options: PictureOptions = {
      imageSize: [outHeight, outWidth],
      augment: 'ssd-official',
      mean: [123, 117, 104],
      std: [1, 1, 1],
      channelOrder: 'bgr',
    };
    const output = new Float32Array(outHeight * outWidth * 3);
    const draws = replay(stages);
    const left = augmentPicture(image, objects, options, draws, output);
    expect(draws.left()).toBe(0);
    // 32-bit floats of another library against ours: 1e-3 of 255 steps, as the vectors' notes allow.
    expect(worst(output, expected.data as Float32Array)).toBeLessThan(1e-3);
    expect(left.map(({ object }) => object.label)).toEqual([...(read(`${name}.out_labels`).data as Float64Array)]);
    expect(
      worst(
        left.flatMap(({ box }) => box),
        read(`${name}.out_boxes`).data as Float64Array,
      ),
    ).toBeLessThan(2e-5);
    count += 3;

    const photometric = tensors.get(`${name}.after_photometric`);
    if (!photometric) continue;
    const distorted = distortWhole(image, drawDistortion(replay(stages))).data;
    expect(worst(reverseChannels(distorted), photometric.data as Float32Array)).toBeLessThan(1e-3);
    count += 1;
  }
  compared(`${kind}.safetensors`, count);
});
