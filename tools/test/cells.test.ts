import { selectBackend } from '@onebit/tfjs-backend-native';
import { expect, test } from 'vitest';
import { buildClassifier } from '../src/classifier/build.js';
import { tinyClassifier } from './support/classifiers.js';

const edge = (from: number, operation: string) => ({ from, operation });
const genotype = {
  normal: [[edge(0, 'conv3'), edge(1, 'skip')]],
  reduction: [[edge(0, 'max-pool'), edge(1, 'dilated3')]],
};

test('a recipe says what cells its network is made of', async () => {
  await selectBackend('cpu');
  const settings = { 'model.backbone': 'cells', 'model.genotype': genotype, 'model.cells': 4, 'model.stem': 'small' };
  const model = buildClassifier(await tinyClassifier(settings), ['a', 'b']);
  const names = model.namedParameters().map(([name]) => name);
  expect(names).toContain('backbone.cells.3.node0.from0.conv.weight');
  expect(names).toContain('backbone.cells.2.node0.from1.conv.weight');
  expect(names.some((name) => /cells\.(4|0\.node0\.from1)/.test(name))).toBe(false);
  model.dispose();
});

test('a genotype that is none, or of a backbone without cells, is refused', async () => {
  const recipe = (changes: object) =>
    tinyClassifier({ 'model.backbone': 'cells', 'model.genotype': genotype, ...changes });
  await expect(recipe({ 'model.genotype.normal': [[edge(0, 'conv'), edge(1, 'skip')]] })).rejects.toThrow(
    /model\.genotype\.normal\.0\.0\.operation: .*conv3.*got "conv"/,
  );
  const build = async (changes: object) => buildClassifier(await recipe(changes), ['a', 'b']);
  await expect(build({ 'model.genotype.normal': [[edge(0, 'conv3'), edge(2, 'skip')]] })).rejects.toThrow(
    /genotype\.normal\[0\]: must have two edges from different maps/,
  );
  await expect(build({ 'model.backbone': 'resnet8' })).rejects.toThrow(/model\.genotype must be null for resnet8/);
});
