// `npm run test:neon`: the kernels compiled for 64-bit ARM, run by an emulator, against plain loops. [cases] per operation and kernel set.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildNative, coreSources, cxxFlags, native, requireCommands } from './native-build.mjs';

requireCommands('test:neon', { 'aarch64-linux-gnu-g++': 'g++-aarch64-linux-gnu', 'qemu-aarch64': 'qemu-user' });
const driver = await buildNative({
  name: 'neon',
  output: 'driver',
  compiler: 'aarch64-linux-gnu-g++',
  sources: [...coreSources(), join(native, 'test/driver.cc')],
  flags: [...cxxFlags, '-O2'],
  linkFlags: ['-static', '-pthread'],
});
process.exit(spawnSync('qemu-aarch64', [driver, process.argv[2] ?? '300'], { stdio: 'inherit' }).status ?? 1);
