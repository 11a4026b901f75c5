/** Where and why a VOC file does not hold what the format asks for. Every part is also in `message`. */
export class VocError extends Error {
  constructor(
    /** The file as the caller named it. */
    readonly file: string,
    /** 1-based line in that file; undefined when the complaint is about the whole file. */
    readonly line: number | undefined,
    /** Path of the field, e.g. `object 2: bndbox: xmax`; undefined when it is not about one field. */
    readonly field: string | undefined,
    /** What must hold, and what was found. */
    readonly complaint: string,
    options?: ErrorOptions,
  ) {
    super([line === undefined ? file : `${file}:${line}`, field, complaint].filter((part) => part).join(': '), options);
    this.name = 'VocError';
  }
}
