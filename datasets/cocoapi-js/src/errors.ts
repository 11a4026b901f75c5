/** A COCO file that is not JSON, or whose fields are not what they must be. Every part is also in `message`. */
export class CocoError extends Error {
  /** Of a problem that `strict: false` lets pass: its kind, as in `CocoProblem.code`. */
  readonly code?: string;

  constructor(
    /** The file as the caller named it. */
    readonly file: string,
    /** Where in it: `line 3, column 17` for broken JSON, the path of a field (`annotations[5].bbox`) otherwise. */
    readonly place: string,
    /** What must hold, and what was found. */
    readonly complaint: string,
    options?: ErrorOptions & { readonly code?: string },
  ) {
    super([file, place, complaint].filter((part) => part).join(': '), options);
    this.name = 'CocoError';
    this.code = options?.code;
  }
}
