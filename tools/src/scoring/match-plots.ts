import type { DetectionMatches } from '@onebit/eval';
import type { ConfusionPlot, HistogramPlot, Plot } from '../report/plots.js';
import { rounded } from './curves.js';

const bins = 40;

/** The confusion matrix at the score of the best F1, and the histogram of scores. */
export function matchPlots(matches: DetectionMatches, classes: readonly string[]): Plot[] {
  return [confusionPlot(matches, classes), scoreHistogram(matches)];
}

function confusionPlot(matches: DetectionMatches, classes: readonly string[]): ConfusionPlot {
  const score = matches.bestScore();
  return {
    kind: 'confusion',
    id: 'confusion',
    title: `Confusion of detections with score >= ${score.toFixed(3)}`,
    caption: `Percent of each row at IoU ${matches.iou}; the score is the one of the best F1 over all classes. Last column: objects that nothing found; last row: detections on background. A detection takes an object of its own class first.`,
    names: [...classes, 'background'],
    counts: matches.confusion(score),
  };
}

function scoreHistogram(matches: DetectionMatches): HistogramPlot {
  const { found, wrong } = matches.scores();
  let [low, high] = [0, 1];
  for (const list of [found, wrong]) {
    for (const score of list) {
      if (score < low) low = score;
      if (score > high) high = score;
    }
  }
  const count = (scores: readonly number[]) => {
    const counts = new Array<number>(bins).fill(0);
    for (const score of scores) counts[Math.min(bins - 1, Math.floor(((score - low) / (high - low)) * bins))]++;
    return counts;
  };
  return {
    kind: 'histogram',
    id: 'scores',
    title: 'Scores of right and wrong detections',
    caption: `Right: the detection is an object of its class at IoU ${matches.iou} that no better one took.`,
    xName: 'score',
    edges: Array.from({ length: bins + 1 }, (_, i) => rounded(low + ((high - low) * i) / bins)),
    series: [
      { name: 'right', counts: count(found) },
      { name: 'wrong', counts: count(wrong) },
    ],
  };
}
