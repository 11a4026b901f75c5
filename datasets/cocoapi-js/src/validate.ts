import { CocoError } from './errors.js';
import type { CocoAnnotation, CocoCategory, CocoId, CocoImage, CocoSegmentation } from './types.js';

type Fields = Readonly<Record<string, unknown>>;

/** Checks one entry of a COCO file, naming the field that is wrong, and returns it with its known fields only. */
export class EntryReader {
  constructor(readonly file: string) {}

  image(value: unknown, place: string): CocoImage {
    const entry = this.#fields(value, place);
    return {
      id: this.#id(entry, 'id', place),
      file_name: this.#text(entry, 'file_name', place),
      width: this.#size(entry, 'width', place),
      height: this.#size(entry, 'height', place),
    };
  }

  category(value: unknown, place: string): CocoCategory {
    const entry = this.#fields(value, place);
    const category = { id: this.#id(entry, 'id', place), name: this.#text(entry, 'name', place) };
    if (entry.supercategory === undefined) return category;
    return { ...category, supercategory: this.#text(entry, 'supercategory', place) };
  }

  annotation(value: unknown, place: string): CocoAnnotation {
    const entry = this.#fields(value, place);
    const { area, iscrowd, segmentation } = entry;
    if (area !== undefined && !isNumber(area)) throw this.#error(`${place}.area`, 'must be a number', area);
    if (iscrowd !== undefined && iscrowd !== 0 && iscrowd !== 1) {
      throw this.#error(`${place}.iscrowd`, 'must be 0 or 1', iscrowd);
    }
    return {
      id: this.#id(entry, 'id', place),
      image_id: this.#id(entry, 'image_id', place),
      category_id: this.#id(entry, 'category_id', place),
      bbox: this.#box(entry.bbox, `${place}.bbox`),
      ...(area === undefined ? {} : { area }),
      ...(iscrowd === undefined ? {} : { iscrowd }),
      ...(segmentation === undefined
        ? {}
        : { segmentation: this.#segmentation(segmentation, `${place}.segmentation`) }),
    };
  }

  #fields(value: unknown, place: string): Fields {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
    throw this.#error(place, 'must be an object', value);
  }

  #id(entry: Fields, field: string, place: string): CocoId {
    const value = entry[field];
    if (typeof value === 'string' || isNumber(value)) return value;
    throw this.#error(`${place}.${field}`, 'must be a number or a text', value);
  }

  #text(entry: Fields, field: string, place: string): string {
    const value = entry[field];
    if (typeof value === 'string') return value;
    throw this.#error(`${place}.${field}`, 'must be a text', value);
  }

  #size(entry: Fields, field: string, place: string): number {
    const value = entry[field];
    if (isNumber(value) && value > 0) return value;
    throw this.#error(`${place}.${field}`, 'must be a positive number of pixels', value);
  }

  #box(value: unknown, place: string): CocoAnnotation['bbox'] {
    if (Array.isArray(value) && value.length === 4 && value.every(isNumber)) {
      return value as unknown as CocoAnnotation['bbox'];
    }
    throw this.#error(place, 'must be four numbers [x, y, width, height]', value);
  }

  #segmentation(value: unknown, place: string): CocoSegmentation {
    if (Array.isArray(value)) {
      const wrong = value.findIndex((polygon) => !Array.isArray(polygon) || !polygon.every(isNumber));
      if (wrong >= 0)
        throw this.#error(`${place}[${wrong}]`, 'must be a list of numbers [x1, y1, x2, y2, …]', value[wrong]);
      return value as number[][];
    }
    const { size, counts } = this.#fields(value, place);
    if (!Array.isArray(size) || size.length !== 2 || !size.every(isNumber)) {
      throw this.#error(`${place}.size`, 'must be [height, width]', size);
    }
    if (typeof counts !== 'string' && !(Array.isArray(counts) && counts.every(isNumber))) {
      throw this.#error(`${place}.counts`, 'must be a list of run lengths or their compressed text', counts);
    }
    return { size: size as [number, number], counts };
  }

  #error(place: string, complaint: string, found: unknown): CocoError {
    const shown = found === undefined ? 'nothing' : JSON.stringify(found);
    return new CocoError(
      this.file,
      place,
      `${complaint}, found ${shown.length > 80 ? `${shown.slice(0, 77)}…` : shown}`,
    );
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
