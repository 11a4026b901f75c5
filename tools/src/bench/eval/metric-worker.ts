import { createInterface } from 'node:readline';
import { type MetricName, metrics } from './metrics.js';
import { timed } from './timed.js';

// Times a metric of `@onebit/eval`; the protocol is in contestant.ts. The first line says how much a step works through.
// Arguments: metric, number of images, number of detections.
const [name, images, detections] = process.argv.slice(2);
const { amount, step } = metrics[name as MetricName]({ images: Number(images), detections: Number(detections) });
const write = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

write({ amount });
for await (const line of createInterface({ input: process.stdin })) {
  const { steps } = JSON.parse(line) as { steps: number };
  const ms: number[] = [];
  for (let i = 0; i < steps; i++) ms.push((await timed(step)).ms);
  write({ ms, peakRssMiB: process.resourceUsage().maxRSS / 1024 });
}
