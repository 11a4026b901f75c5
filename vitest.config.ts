import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Packages resolve one another to their TypeScript sources (the `@onebit/source` export condition): tests see what is written, not what was built last.
export default defineConfig({
  resolve: { conditions: ['@onebit/source'] },
  ssr: { resolve: { conditions: ['@onebit/source'], externalConditions: [] } },
  test: {
    include: ['{packages,datasets,eval,tools,test}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    pool: 'forks',
    // Vitest leaves one core free, which is half of a small machine.
    maxWorkers: availableParallelism(),
    testTimeout: 60_000,
  },
});
