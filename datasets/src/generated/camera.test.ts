import { Random } from '@onebit/common';
import { expect, test } from 'vitest';
import { type Camera, expose, randomCamera } from './camera.js';

const still: Camera = { light: [0, 0], vignette: 0, balance: [1, 1, 1], gamma: 1, noise: 0, blur: 0, quality: 90 };

test('a camera without faults changes nothing', () => {
  const rgb = Uint8Array.from({ length: 7 * 5 * 3 }, (_, i) => (i * 41) % 256);
  const before = rgb.slice();
  expose(rgb, 7, 5, still, new Random(1));
  expect(rgb).toEqual(before);
});

test('blur spreads a bright pixel evenly, keeps its light and leaves plain ground alone', () => {
  const [width, height] = [15, 13];
  const plain = new Uint8Array(width * height * 3).fill(90);
  expose(plain, width, height, { ...still, blur: 1.2 }, new Random(1));
  for (const value of plain) expect(Math.abs(value - 90)).toBeLessThanOrEqual(1); // rounding down in the columns' pass
  const spot = new Uint8Array(width * height * 3);
  const at = (x: number, y: number, c: number) => spot[3 * (y * width + x) + c];
  spot[3 * (6 * width + 7) + 1] = 255;
  expose(spot, width, height, { ...still, blur: 0.8 }, new Random(1));
  expect([at(6, 6, 1), at(7, 5, 1)]).toEqual([at(8, 6, 1), at(7, 7, 1)]);
  expect(at(6, 6, 1)).toBe(at(7, 5, 1));
  // Each of the about 25 lit pixels loses less than one level.
  const light = spot.reduce((a, b) => a + b, 0);
  expect(light).toBeGreaterThan(255 - 49);
  expect(light).toBeLessThanOrEqual(256);
  expect(at(7, 6, 0)).toBe(0);
});

test('light, balance and gamma do what they say', () => {
  const grey = () => new Uint8Array(9 * 9 * 3).fill(100);
  const lit = grey();
  expose(lit, 9, 9, { ...still, light: [0.3, 0] }, new Random(1));
  expect(lit[3 * (4 * 9 + 8)]).toBeGreaterThan(lit[3 * (4 * 9)] + 30);
  const warm = grey();
  expose(warm, 9, 9, { ...still, balance: [1.1, 1, 0.9] }, new Random(1));
  expect([...warm.subarray(0, 3)]).toEqual([110, 100, 90]);
  const dark = grey();
  expose(dark, 9, 9, { ...still, gamma: 1.4 }, new Random(1));
  expect(dark[0]).toBe(Math.round(255 * (100 / 255) ** 1.4));
});

test('random cameras stay in their ranges', () => {
  const random = new Random(3);
  for (let i = 0; i < 500; i++) {
    const { gamma, noise, blur, quality } = randomCamera(random);
    expect(gamma >= 0.7 && gamma <= 1.4 && noise >= 2 && noise <= 10 && blur >= 0 && blur <= 1.2).toBe(true);
    expect(quality >= 60 && quality <= 95).toBe(true);
  }
});
