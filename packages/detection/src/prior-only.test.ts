import { describe, expect, test } from 'vitest';
import { type LabelledImage, PriorOnlyPredictor } from './prior-only.js';

type Box = LabelledImage['objects'][number]['box'];
const image = (...objects: [Box, number, boolean?][]): LabelledImage => ({
  width: 200,
  height: 100,
  objects: objects.map(([box, label, difficult]) => ({ box, label, difficult })),
});
const left: Box = [0, 0, 80, 80];
const right: Box = [120, 20, 200, 100];

describe('the prior-only predictor', () => {
  test('predicts the boxes that hit most training truths, with how often they do', () => {
    const images = [image([left, 0]), image([left, 0], [right, 0]), image([left, 0]), image([right, 1])];
    const found = PriorOnlyPredictor.fit(images).predict([100, 200]);
    expect(found.map(({ label, score }) => [label, score])).toEqual([
      [0, 0.75],
      [0, 0.25],
      [1, 0.25],
    ]);
    expect(found[0].box.map(Math.round)).toEqual(left);
  });

  test('scales to any image and says the same of all', () => {
    const predictor = PriorOnlyPredictor.fit([image([left, 0])]);
    expect(predictor.predict([50, 400])[0].box.map(Math.round)).toEqual([0, 0, 160, 40]);
    expect(predictor.predict([50, 400])).toEqual(predictor.predict([50, 400]));
  });

  test('one box stands for truths that overlap it enough', () => {
    const near: Box = [0, 0, 80, 90];
    expect(
      PriorOnlyPredictor.fit([image([left, 0]), image([near, 0])])
        .predict([1, 1])
        .map(({ score }) => score),
    ).toEqual([1]);
  });

  test('keeps to the number of boxes asked for and leaves difficult objects out', () => {
    const images = [image([left, 0], [right, 0]), image([right, 1, true])];
    expect(
      PriorOnlyPredictor.fit(images, { boxesPerClass: 1 })
        .predict([1, 1])
        .map(({ label }) => label),
    ).toEqual([0]);
  });

  test('without images or objects it predicts nothing', () => {
    expect(PriorOnlyPredictor.fit([]).predict([10, 10])).toEqual([]);
    expect(PriorOnlyPredictor.fit([image()]).predict([10, 10])).toEqual([]);
  });
});
