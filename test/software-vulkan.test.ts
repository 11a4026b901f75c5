import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('../scripts/software-vulkan.mjs', import.meta.url));

test.runIf(process.platform === 'linux')('a Vulkan driver that the environment names is taken as it is', async () => {
  const env = { ...process.env, VK_DRIVER_FILES: '/some/driver.json', XDG_RUNTIME_DIR: '/run/me' };
  const { stdout } = await promisify(execFile)(process.execPath, [script], { env });
  expect(stdout).toBe('XDG_RUNTIME_DIR=/run/me\nVK_DRIVER_FILES=/some/driver.json\n');
});
