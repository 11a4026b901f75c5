// Runs Vitest on the files whose paths contain one of the filters (none: all), and counts.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** `failed` is at least 1 when the runner itself failed. */
export function runVitest(filters, env, options = []) {
  const scratch = mkdtempSync(join(tmpdir(), 'onebit-test-'));
  const report = join(scratch, 'report.json');
  const vitest = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      ...filters,
      ...options,
      '--reporter=dot',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    { cwd: root, env, stdio: 'inherit' },
  );
  const counts = { passed: 0, failed: vitest.status === 0 ? 0 : 1, skipped: 0 };
  if (existsSync(report)) {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    counts.passed = result.numPassedTests;
    counts.skipped = result.numPendingTests + (result.numTodoTests ?? 0);
    counts.failed = Math.max(counts.failed, result.numFailedTests, result.success ? 0 : 1);
  } else {
    console.error('no test report was written: the runner itself failed');
  }
  rmSync(scratch, { recursive: true, force: true });
  return counts;
}
