/** One step's work and time, times in milliseconds. */
export interface Lap {
  readonly images: number;
  /** Waiting for data. */
  readonly wait: number;
  readonly total: number;
}

/** Averages over about the last 20 steps: steady enough to read, quick enough to show a change. */
const memory = 0.95;

/** Images a second and share of waiting, as a moving average over steps. */
export class SpeedMeter {
  private images = 0;
  private wait = 0;
  private total = 0;
  private steps = 0;

  add(lap: Lap): void {
    this.images = memory * this.images + lap.images;
    this.wait = memory * this.wait + lap.wait;
    this.total = memory * this.total + lap.total;
    this.steps = memory * this.steps + 1;
  }

  get imagesPerSecond(): number {
    return this.total > 0 ? (1000 * this.images) / this.total : 0;
  }

  /** In [0, 1]. */
  get dataWait(): number {
    return this.total > 0 ? this.wait / this.total : 0;
  }

  get secondsPerStep(): number {
    return this.steps > 0 ? this.total / 1000 / this.steps : 0;
  }
}
