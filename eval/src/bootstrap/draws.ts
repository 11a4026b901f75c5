import { Random } from '@onebit/common';

/**
 * Yields `samples` bootstrap draws: how often each of `images` images was drawn, `images` times with replacement. All draws are one array,
 * filled anew each time.
 */
export function* bootstrapDraws(images: number, samples: number, seed: number): Generator<Uint32Array> {
  const random = new Random(seed);
  const weights = new Uint32Array(images);
  for (let sample = 0; sample < samples; sample++) {
    weights.fill(0);
    for (let i = 0; i < images; i++) weights[random.int(images)]++;
    yield weights;
  }
}

/**
 * At most this many groups of images are left out in turn. The acceleration estimated from g groups has an error of about 0.4 / g (the
 * standard error of a skewness, sqrt(6 / g), over 6 sqrt(g)), so that more than 200 evaluations of the metric would buy nothing.
 */
const maxGroups = 200;

/** Number of groups of {@link jackknifeDraws}. */
export function jackknifeGroups(images: number): number {
  return Math.ceil(images / Math.ceil(images / maxGroups));
}

/**
 * Yields the weights of the jackknife: each image left out once, in groups of equal size (give or take one) when there are many. Neighbours in
 * the list are put into different groups. All draws are one array, filled anew each time.
 */
export function* jackknifeDraws(images: number): Generator<Uint32Array> {
  const groups = jackknifeGroups(images);
  const weights = new Uint32Array(images);
  for (let group = 0; group < groups; group++) {
    weights.fill(1);
    for (let i = group; i < images; i += groups) weights[i] = 0;
    yield weights;
  }
}
