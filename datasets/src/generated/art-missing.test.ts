import { expect, test, vi } from 'vitest';
import { collectArt } from './art.js';

vi.mock('node:module', () => ({
  createRequire: () => ({
    resolve: () => {
      throw new Error('not installed');
    },
  }),
}));

test('a missing package of drawings is named with the command that installs it', async () => {
  await expect(collectArt('train', ['car'])).rejects.toMatchObject({
    code: 'ERR_DATA',
    message: expect.stringContaining('npm install @iconify-json/twemoji'),
  });
});
