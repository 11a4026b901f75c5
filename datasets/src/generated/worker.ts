import { workerData } from 'piscina';
import sharp from 'sharp';
import { Renderer, type RenderSetup, type SceneJob, type SceneRecord } from './render.js';

let renderer: Renderer | undefined;

/** Draws a few scenes in a worker thread of the pool that `makeSet` opens; the pool's `workerData` is a {@link RenderSetup}. */
export async function renderScenes(jobs: readonly SceneJob[]): Promise<SceneRecord[]> {
  if (renderer === undefined) {
    sharp.concurrency(1); // the pool already has a thread for each core
    renderer = new Renderer(workerData as RenderSetup);
  }
  const records: SceneRecord[] = [];
  for (const job of jobs) records.push(await renderer.render(job));
  return records;
}
