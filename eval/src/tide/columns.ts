import { OnebitError } from '@onebit/common';
import type { CocoRle } from 'cocoapi-js';
import type { Items } from './tide-input.js';
import type { TideOptions } from './types.js';

export type IouType = NonNullable<TideOptions['iouType']>;

/** Fills {@link Items} and checks what goes in. */
export class Columns {
  readonly items: Items;
  readonly #classes: number;
  readonly #masks: CocoRle[] | undefined;

  constructor(count: number, classes: number, iouType: IouType) {
    this.#classes = classes;
    this.#masks = iouType === 'segm' ? [] : undefined;
    this.items = {
      image: new Int32Array(count),
      label: new Int32Array(count),
      box: new Float64Array(4 * count),
      masks: this.#masks,
    };
  }

  /**
   * @param item its box as [x, y, width, height]
   * @param place names the item in messages
   */
  set(
    index: number,
    image: number,
    { label, box, mask }: { readonly label: number; readonly box: readonly number[]; readonly mask?: CocoRle },
    place: () => string,
  ): void {
    const refuse = (what: string) => new OnebitError('ERR_DATA', `tideErrors: ${place()}: ${what}`);
    if (!Number.isInteger(label) || label < 0 || label >= this.#classes) {
      throw refuse(`label must be 0 to ${this.#classes - 1}, got ${label}`);
    }
    if (box.length !== 4 || !box.every(Number.isFinite)) {
      throw refuse(`box must be four finite numbers, got [${box.join(', ')}]`);
    }
    this.items.image[index] = image;
    this.items.label[index] = label;
    this.items.box.set(box, 4 * index);
    if (this.#masks === undefined) return;
    if (mask === undefined) throw refuse("a mask is needed for iouType 'segm'");
    this.#masks[index] = mask;
  }
}
