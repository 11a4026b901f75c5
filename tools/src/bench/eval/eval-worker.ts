import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { COCO, COCOeval } from 'cocoapi-js';
import type { ShapeType } from './coco-files.js';
import { timed } from './timed.js';

// Times our evaluation of COCO files; the protocol is in contestant.ts, and `stats` are the twelve numbers. Besides, {"yardstick": n} is answered by the times
// of n calls of JSON.parse for the results.
// Arguments: what is evaluated (bbox, segm), where it starts (parsed: from objects in memory, file), path of the ground truth, path of the results.
const [type, from, truths, results] = process.argv.slice(2);
const write = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

function evaluate(truth: COCO, detections: COCO): Float64Array {
  const evaluation = new COCOeval(truth, detections, type as ShapeType);
  evaluation.evaluate();
  evaluation.accumulate();
  evaluation.summarize();
  return evaluation.stats;
}

async function fromFiles() {
  return timed(async () => {
    const truth = await COCO.read(truths);
    return evaluate(truth, await truth.readRes(results));
  });
}

async function fromParsed() {
  const [truthData, resultData] = [truths, results].map((path) => JSON.parse(readFileSync(path, 'utf8')));
  return timed(() => {
    const truth = COCO.from(truthData);
    return evaluate(truth, truth.loadRes(resultData));
  });
}

write({ node: process.version });
for await (const line of createInterface({ input: process.stdin })) {
  const { steps = 0, yardstick = 0 } = JSON.parse(line) as { steps?: number; yardstick?: number };
  const ms: number[] = [];
  let stats: number[] | undefined;
  for (let i = 0; i < steps; i++) {
    const { ms: one, value } = await (from === 'file' ? fromFiles() : fromParsed());
    ms.push(one);
    stats = [...value];
  }
  for (let i = 0; i < yardstick; i++) {
    const text = readFileSync(results, 'utf8');
    ms.push((await timed(() => JSON.parse(text))).ms);
  }
  write({ ms, stats, peakRssMiB: process.resourceUsage().maxRSS / 1024 });
}
