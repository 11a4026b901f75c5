import { OnebitError } from '@onebit/common';

/** What messages can say about an image, and the name its results are kept under. */
export interface ImageNote {
  /** Name of the image; must not come twice. Default: its number in the order of arrival. */
  readonly id?: string;
  /** Width in pixels: messages then give positions as row and column, too. */
  readonly width?: number;
}

/** The images a metric over pixel maps has seen, and the checks that every pair of maps has to pass. */
export class ImageRegister {
  readonly #metric: string;
  readonly #ids = new Set<string>();

  /** @param metric For messages, e.g. `panoptic quality`. */
  constructor(metric: string) {
    this.#metric = metric;
  }

  /** Number of images that were accepted. */
  get size(): number {
    return this.#ids.size;
  }

  /** Their names, in the order of arrival. */
  get ids(): string[] {
    return [...this.#ids];
  }

  /** For messages, e.g. `panoptic quality: image 7`. */
  where(id: string): string {
    return `${this.#metric}: image ${id}`;
  }

  /**
   * Checks a pair of maps and returns the name of its image. Call {@link accept} when it has been counted.
   * @throws OnebitError ERR_DATA for an image that came before, maps of different size, and a width that does not fit.
   */
  begin(truthPixels: number, predictionPixels: number, { id = String(this.size), width }: ImageNote): string {
    const where = this.where(id);
    if (this.#ids.has(id)) throw new OnebitError('ERR_DATA', `${where} was added twice`);
    if (truthPixels !== predictionPixels) {
      throw new OnebitError(
        'ERR_DATA',
        `${where}: the truth has ${truthPixels} pixels, the prediction ${predictionPixels}; ` +
          'bring scores to the size of the truth before the arg-max',
      );
    }
    if (width !== undefined && !(Number.isInteger(width) && width > 0 && truthPixels % width === 0)) {
      throw new OnebitError(
        'ERR_DATA',
        `${where}: ${truthPixels} pixels are no whole number of rows of width ${width}`,
      );
    }
    return id;
  }

  /**
   * The width of an image, for metrics of boundaries.
   * @throws OnebitError ERR_USAGE unless it was given.
   */
  needWidth(id: string, width: number | undefined): number {
    if (width !== undefined) return width;
    throw new OnebitError('ERR_USAGE', `${this.where(id)}: boundaries need the width of the image`);
  }

  /** The image has been counted: its name is taken. */
  accept(id: string): void {
    this.#ids.add(id);
  }
}

/** Position of a pixel for messages: `pixel 12 (row 1, column 2)`, without the bracket for an unknown width. */
export function pixelPlace(pixel: number, width: number | undefined): string {
  return width === undefined
    ? `pixel ${pixel}`
    : `pixel ${pixel} (row ${Math.floor(pixel / width)}, column ${pixel % width})`;
}
