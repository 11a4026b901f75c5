import { Random } from '@onebit/common';
import { describe, expect, test } from 'vitest';
import {
  type BootstrapOptions,
  bootstrapDifference,
  bootstrapDifferences,
  bootstrapInterval,
  bootstrapIntervals,
} from './bootstrap.js';
import type { ImageMetric, ImageMetrics } from './image-metric.js';

type Statistic = (numbers: readonly number[]) => number;
const mean: Statistic = (x) => x.reduce((sum, value) => sum + value, 0) / x.length;
const variance: Statistic = (x) => mean(x.map((value) => (value - mean(x)) ** 2));

/** A statistic of one number an image; weights repeat the numbers, so nothing of the bootstrap is shared. */
function metricOf(numbers: readonly number[], statistic: Statistic = mean, ids?: readonly number[]): ImageMetric {
  const value = (weights?: Uint32Array) =>
    statistic(numbers.flatMap((x, i) => new Array<number>(weights?.[i] ?? 1).fill(x)));
  return { name: statistic.name, images: numbers.length, imageIds: ids, value };
}

const options: BootstrapOptions = { seed: 7, samples: 1000 };
const draw = (count: number, seed: number, sample: (random: Random) => number) => {
  const random = new Random(seed);
  return Array.from({ length: count }, () => sample(random));
};

describe('interval', () => {
  // 26 neurologically impaired children: Efron & Tibshirani 1993, table 14.1; their intervals are in table 14.2.
  const spatial = [48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41];

  test('the variance of the spatial test has the published intervals', () => {
    const of = (method: 'bca' | 'percentile') =>
      bootstrapInterval(metricOf(spatial, variance), { seed: 1, samples: 10_000, confidence: 0.9, method });
    const [bca, percentile] = [of('bca'), of('percentile')];
    expect(bca.value).toBeCloseTo(171.5, 1);
    // The book's 2000 draws leave an error of about 2 at each end.
    for (const [found, published] of [
      [bca.low, 115.8],
      [bca.high, 259.6],
      [percentile.low, 100.8],
      [percentile.high, 233.9],
    ]) {
      expect(Math.abs(found - published)).toBeLessThan(4);
    }
  });

  test('percentiles and standard error are those of a plain implementation', () => {
    const numbers = draw(40, 3, (random) => random.normal());
    const { low, high, standardError } = bootstrapInterval(metricOf(numbers), {
      ...options,
      samples: 999,
      method: 'percentile',
    });
    const random = new Random(options.seed);
    const draws = Array.from({ length: 999 }, () => mean(numbers.map(() => numbers[random.int(40)])));
    const sorted = [...draws].sort((a, b) => a - b);
    expect(low).toBeCloseTo(sorted[24], 12); // rank 0.025 * 1000, from 1
    expect(high).toBeCloseTo(sorted[974], 12);
    expect(standardError).toBeCloseTo(Math.sqrt((variance(draws) * 999) / 998), 12);
  });

  test.each(['bca', 'percentile'] as const)(
    '%s intervals at 0.95 of a skewed mean hold the truth that often, or a little less',
    (method) => {
      const trials = 300;
      let held = 0;
      for (let trial = 0; trial < trials; trial++) {
        const numbers = draw(60, 100 + trial, (random) => -Math.log(1 - random.next())); // mean 1
        const sums = Float64Array.from(numbers);
        const value = (weights?: Uint32Array) => {
          let sum = 0;
          for (let i = 0; i < 60; i++) sum += sums[i] * (weights?.[i] ?? 1);
          return sum / (weights === undefined ? 60 : weights.reduce((all, w) => all + w, 0));
        };
        const { low, high } = bootstrapInterval(
          { name: 'mean', images: 60, value },
          { seed: trial, samples: 500, method },
        );
        if (low <= 1 && 1 <= high) held++;
      }
      expect(held / trials).toBeGreaterThan(0.9);
      expect(held / trials).toBeLessThan(0.98);
    },
  );

  test('equal seeds give equal intervals, more draws begin with the same draws', () => {
    const metric = metricOf(draw(50, 5, (random) => random.next()));
    expect(bootstrapInterval(metric, options)).toEqual(bootstrapInterval(metric, options));
    const seen = (samples: number) => {
      const draws: number[] = [];
      const spied = {
        ...metric,
        value: (weights?: Uint32Array) => {
          const value = metric.value(weights);
          draws.push(value);
          return value;
        },
      };
      bootstrapInterval(spied, { seed: 7, samples, method: 'percentile' });
      return draws.slice(0, 20);
    };
    expect(seen(50)).toEqual(seen(100));
  });

  test('undefined draws are left out, counted and told', () => {
    const rare = [...new Array(39).fill(Number.NaN), 1] as number[];
    const ofRare: Statistic = (x) => (x.some((value) => value === 1) ? 0.25 : Number.NaN);
    const found = bootstrapInterval(metricOf(rare, ofRare), options);
    expect(found.undefinedSamples / found.samples).toBeCloseTo((1 - 1 / 40) ** 40, 1);
    expect([found.value, found.low, found.high, found.standardError]).toEqual([0.25, 0.25, 0.25, 0]);
    expect(found.notes.join()).toContain(`not defined in ${found.undefinedSamples} of 1000 draws`);
    const never = bootstrapInterval(
      metricOf(rare, () => Number.NaN),
      options,
    );
    expect([never.value, never.low, never.high, never.undefinedSamples]).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
      1000,
    ]);
  });

  test('several metrics in one pass have the intervals they have alone', () => {
    const numbers = draw(50, 9, (random) => random.next());
    const alone = [metricOf(numbers, mean), metricOf(numbers, variance)];
    const shared = new Float64Array(2);
    let passes = 0;
    const together: ImageMetrics = {
      names: ['mean', 'variance'],
      images: 50,
      values: (weights) => {
        passes++;
        for (const [i, metric] of alone.entries()) shared[i] = metric.value(weights);
        return shared;
      },
    };
    expect(bootstrapIntervals(together, options)).toEqual(alone.map((metric) => bootstrapInterval(metric, options)));
    expect(passes).toBe(1 + 1000 + 50); // itself, the draws, each image left out
    expect(bootstrapDifferences(together, together, options)[0]).toMatchObject({
      difference: 0,
      low: 0,
      high: 0,
      pValue: 1,
    });
  });

  test('thousands of images cost at most 200 evaluations for the acceleration, which stays the same', () => {
    const numbers = draw(1999, 4, (random) => -Math.log(1 - random.next()));
    let calls: [number, number] = [0, 0];
    const onProgress = (done: number, total: number) => {
      calls = [done, total];
    };
    bootstrapInterval({ name: 'first', images: 1999, value: () => numbers[0] }, { ...options, onProgress });
    expect(calls[0]).toBe(calls[1]);
    expect(calls[1]).toBeLessThanOrEqual(1200);
  });

  test('too few images and draws are told', () => {
    const { notes } = bootstrapInterval(metricOf([1, 2, 3]), { seed: 1, samples: 99 });
    expect(notes).toHaveLength(2);
    expect(bootstrapInterval(metricOf(draw(30, 1, (random) => random.next())), options).notes).toEqual([]);
  });
});

describe('difference', () => {
  const easy = draw(80, 11, (random) => random.normal());
  const better = easy.map((x, i) => x + 0.2 + 0.1 * Math.sin(i));

  test('it is paired: what both runs share cancels out', () => {
    const [a, b] = [metricOf(better), metricOf(easy)];
    const { values, difference, low, high, pValue, standardError } = bootstrapDifference(a, b, options);
    expect(difference).toBe(a.value() - b.value());
    expect(values).toEqual([a.value(), b.value()]);
    expect(low).toBeGreaterThan(0.15);
    expect(high).toBeLessThan(0.25);
    expect(pValue).toBe(1 / 1001);
    expect(standardError).toBeLessThan(bootstrapInterval(a, options).standardError / 5);
    const reversed = bootstrapDifference(b, a, { ...options, method: 'percentile' });
    const forward = bootstrapDifference(a, b, { ...options, method: 'percentile' });
    expect(reversed.difference).toBe(-forward.difference);
    expect(reversed.pValue).toBeCloseTo(forward.pValue, 12);
    expect(reversed.low).toBeCloseTo(-forward.high, 12);
  });

  test.each(['bca', 'percentile'] as const)(
    'the %s p-value is below 0.05 where the interval at 0.95 leaves out 0',
    (method) => {
      for (let seed = 0; seed < 40; seed++) {
        const skewed = metricOf(draw(40, seed, (random) => random.next() ** 3 - 0.25 + 0.08 * ((seed % 5) - 2)));
        const zero = { ...metricOf(new Array(40).fill(0)), name: skewed.name };
        const { low, high, pValue } = bootstrapDifference(skewed, zero, { seed, samples: 300, method });
        if (Math.abs(pValue - 0.05) > 0.008) expect(pValue < 0.05).toBe(low > 0 || high < 0); // draws are discrete: 1/300 on each side
      }
    },
  );

  test('of equal runs about one in twenty looks different', () => {
    let small = 0;
    for (let trial = 0; trial < 100; trial++) {
      const numbers = draw(80, 500 + trial, (random) => random.normal());
      const [a, b] = [metricOf(numbers.slice(0, 40)), metricOf(numbers.slice(40))];
      if (bootstrapDifference(a, b, { seed: trial, samples: 200, method: 'percentile' }).pValue < 0.05) small++;
    }
    expect(small).toBeGreaterThan(1);
    expect(small).toBeLessThan(13);
  });

  test('different images or metrics are refused', () => {
    const ids = (...x: number[]) => metricOf([1, 2], mean, x);
    expect(() => bootstrapDifference(ids(3, 4), ids(3, 5), options)).toThrow(/image 2 is 4 against 5/);
    expect(() => bootstrapDifference(ids(3, 4), metricOf([1, 2, 3]), options)).toThrow(/2 against 3/);
    expect(() => bootstrapDifference(ids(3, 4), metricOf([1, 2], variance), options)).toThrow(
      /"mean" against "variance"/,
    );
    expect(bootstrapDifference(ids(3, 4), metricOf([1, 2]), options).difference).toBe(0);
  });
});

test('bad options are refused by name', () => {
  const metric = metricOf([1, 2, 3]);
  expect(() => bootstrapInterval(metric, { seed: 0.5 })).toThrow('seed must be a whole number, got 0.5');
  expect(() => bootstrapInterval(metric, { seed: 1, samples: 1 })).toThrow('samples');
  expect(() => bootstrapInterval(metric, { seed: 1, confidence: 95 })).toThrow(
    'confidence must be between 0 and 1, got 95',
  );
  expect(() => bootstrapInterval(metric, { seed: 1, method: 'BCa' as 'bca' })).toThrow('bca');
  expect(() => bootstrapInterval(metricOf([]), options)).toThrow('at least one image');
});
