import { selectHardNegatives } from '@onebit/ops';
import { describe, expect, test } from 'vitest';
import { matchBatch } from './targets.js';

const priors = Float32Array.of(0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 0.5, 0.5, 0.5, 0.5, 1, 1);

describe('matching a batch', () => {
  test('labels become classes beside background, rows run on through the batch, an image may be empty', () => {
    const empty = { boxes: new Float32Array(0), labels: new Int32Array(0) };
    const one = { boxes: Float32Array.of(0.5, 0.5, 1, 1), labels: Int32Array.of(4) };
    const matched = matchBatch([empty, one], priors, 0.5);
    expect([...matched.classes]).toEqual([0, 0, 0, 0, 5, 0]);
    expect([...matched.positives]).toEqual([4]);
    expect([...matched.offsets]).toEqual([0, 0, 0, 0]);
    expect(matched.present.map((counts) => [...counts])).toEqual([[], [[4, 1]]]);
  });

  test('difficult objects are not matched', () => {
    const target = {
      boxes: Float32Array.of(0, 0, 0.5, 0.5, 0.5, 0.5, 1, 1),
      labels: Int32Array.of(0, 1),
      difficult: Uint8Array.of(1, 0),
    };
    const matched = matchBatch([target], priors, 0.5);
    expect([...matched.classes]).toEqual([0, 2, 0]);
    expect([...matched.present[0]]).toEqual([[1, 1]]);
  });

  test('an object is matched even if no prior is near it', () => {
    const tiny = { boxes: Float32Array.of(0.9, 0.9, 0.91, 0.91), labels: Int32Array.of(0) };
    expect([...matchBatch([tiny], priors, 0.5).positives]).toEqual([1]);
  });

  test('boxes without labels are refused', () => {
    const target = { boxes: new Float32Array(8), labels: new Int32Array(1) };
    expect(() => matchBatch([target], priors, 0.5)).toThrow(/boxes must be \[1, 4\]/);
  });
});

describe('hard negatives', () => {
  const losses = Float32Array.of(5, 1, 4, 2, 3);
  const mask = (classes: number[], ratio = 3) => [...selectHardNegatives(losses, Int32Array.from(classes), ratio)];

  test('are the background priors of the largest loss, three for each positive', () => {
    expect(mask([1, 0, 0, 0, 0])).toEqual([0, 0, 1, 1, 1]);
    expect(mask([1, 0, 0, 0, 0], 1)).toEqual([0, 0, 1, 0, 0]);
  });

  test('there are none without positives, and at most P - 1', () => {
    expect(mask([0, 0, 0, 0, 0])).toEqual([0, 0, 0, 0, 0]);
    // Every prior but one is asked for; the second positive ranks last and is the one left out.
    expect(mask([1, 2, 0, 0, 0])).toEqual([1, 0, 1, 1, 1]);
  });

  test('one prior and none', () => {
    expect([...selectHardNegatives(Float32Array.of(1), Int32Array.of(1), 3)]).toEqual([0]);
    expect(selectHardNegatives(new Float32Array(0), new Int32Array(0), 3).length).toBe(0);
  });
});
