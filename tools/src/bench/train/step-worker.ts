import { createInterface } from 'node:readline';
import { type BackendName, selectBackend, setGradientPrecision } from '@onebit/tfjs-backend-native';
import { profileStep } from '../../workloads/profile.js';
import { type WorkloadName, workloads } from '../../workloads/table.js';
import { TrainingStep } from '../../workloads/training-step.js';

// Times training steps of a workload; the protocol is in contestant.ts. Besides, {"profile": n} is answered by the profile of n steps.
// Arguments: workload, batch, image size, back end, precision of the gradients.
const [name, batch, imageSize, backend, precision] = process.argv.slice(2);
const report = await selectBackend(backend as BackendName | 'auto').catch((error: Error) => {
  process.stderr.write(error.message);
  process.exit(1);
});
if (precision === 'bf16') setGradientPrecision('bf16');
const size = { batch: Number(batch), imageSize: Number(imageSize) };
const step = new TrainingStep(await workloads[name as WorkloadName].build(size));
const write = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

write({ ...report, parameters: step.parameters });
for await (const line of createInterface({ input: process.stdin })) {
  const { steps, profile } = JSON.parse(line) as { steps?: number; profile?: number };
  if (profile !== undefined) {
    write(await profileStep(step, profile));
    continue;
  }
  const ms: number[] = [];
  let loss = Number.NaN;
  for (let i = 0; i < (steps ?? 1); i++) {
    const started = performance.now();
    loss = await step.run();
    ms.push(performance.now() - started);
  }
  write({ ms, loss, peakRssMiB: process.resourceUsage().maxRSS / 1024 });
}
process.exit(0);
