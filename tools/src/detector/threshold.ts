import type { VocMapResult } from '@onebit/eval';

/**
 * The score at which the detections of all classes together have the largest F1 (2 TP / (detections + objects)): what to draw, since scores of different losses are not
 * comparable (BiDet's object prior lowers them all). Difficult objects are not among the objects. 1 when nothing was found.
 */
export function bestThreshold({ perClass }: Pick<VocMapResult, 'perClass'>): number {
  const objects = perClass.reduce((sum, { truths }) => sum + truths, 0);
  const detections = perClass.flatMap(({ scores, recall, truths }) => {
    let hits = 0;
    return Array.from(scores, (score, i) => {
      const hitsNow = truths === 0 ? 0 : Math.round(recall[i] * truths);
      const hit = hitsNow > hits;
      hits = hitsNow;
      return { score, hit };
    });
  });
  detections.sort((a, b) => b.score - a.score);
  let [best, bestScore, hits] = [0, 1, 0];
  for (const [i, { score, hit }] of detections.entries()) {
    if (hit) hits++;
    const f1 = (2 * hits) / (i + 1 + objects);
    // Of equal scores all or none are drawn.
    if (f1 > best && detections[i + 1]?.score !== score) [best, bestScore] = [f1, score];
  }
  return bestScore;
}
