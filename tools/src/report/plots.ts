/** What a figure shows, as data: it goes into `results.json` as it is, and `drawPlot` makes the SVG of it. */
export type Plot = CurvePlot | BarPlot | ConfusionPlot | HistogramPlot;

interface PlotBase {
  /** Name of the SVG file, without its extension. */
  readonly id: string;
  readonly title: string;
  /** What is drawn and by which rule, below the figure. */
  readonly caption: string;
}

/** Lines over [0, 1] x [0, 1], such as precision over recall. */
export interface CurvePlot extends PlotBase {
  readonly kind: 'curves';
  readonly xName: string;
  readonly yName: string;
  readonly curves: readonly Curve[];
}

interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Drawn thick and black above the others. */
  readonly isMean?: boolean;
}

/** One bar per name, with an interval where one is known. */
export interface BarPlot extends PlotBase {
  readonly kind: 'bars';
  readonly yName: string;
  /** Upper end of the axis; the data decide if absent. */
  readonly yMax?: number;
  readonly bars: readonly Bar[];
}

interface Bar {
  readonly name: string;
  /** Null where the metric has no value. */
  readonly value: number | null;
  readonly low?: number;
  readonly high?: number;
}

/** Counts of truth (rows) against prediction (columns). */
export interface ConfusionPlot extends PlotBase {
  readonly kind: 'confusion';
  readonly names: readonly string[];
  readonly counts: readonly (readonly number[])[];
}

/** Counts of values in bins of equal width, stacked. */
export interface HistogramPlot extends PlotBase {
  readonly kind: 'histogram';
  readonly xName: string;
  /** n + 1 edges of n bins. */
  readonly edges: readonly number[];
  readonly series: readonly { readonly name: string; readonly counts: readonly number[] }[];
}
