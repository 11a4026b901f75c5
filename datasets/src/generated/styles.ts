import type { TableLook } from './tables.js';

/** The parts of a generated set; which art styles a part may show is fixed, see {@link partStyles}. */
export const generatedParts = ['train', 'val-seen', 'val-unseen', 'test-unseen', 'test-shape'] as const;
export type GeneratedPart = (typeof generatedParts)[number];

/** npm packages of drawings: `@iconify-json/<name>`, but `fluent-emoji-3d` of @lobehub. */
export type IconSet =
  | 'twemoji'
  | 'noto'
  | 'fluent-emoji-flat'
  | 'fluent-emoji-3d'
  | 'emojione'
  | 'noto-v1'
  | 'openmoji'
  | 'mdi'
  | 'ph';

export interface PartStyles {
  readonly icons: readonly IconSet[];
  readonly tables: readonly TableLook[];
  /** True where the folder of clip art, if given, joins in. */
  readonly clipart: boolean;
  readonly textures: readonly TextureKind[];
}

export type TextureKind = 'gradient' | 'horizon' | 'stripes' | 'checks' | 'dots' | 'bricks' | 'cells' | 'waves';

const seen: PartStyles = {
  // The Fluent sets are one drawing in several finishes, so they stand together on the seen side.
  icons: ['twemoji', 'noto', 'fluent-emoji-flat', 'fluent-emoji-3d'],
  tables: ['flat', 'round', 'cloth', 'perspective'],
  clipart: false,
  textures: ['gradient', 'horizon', 'stripes', 'checks', 'dots'],
};
const unseenTextures: readonly TextureKind[] = ['bricks', 'cells', 'waves'];

/** Art styles and background textures of each part. No style and no texture of an unseen part is ever shown in training. */
export const partStyles: Readonly<Record<GeneratedPart, PartStyles>> = {
  train: seen,
  'val-seen': seen,
  'val-unseen': { icons: ['emojione', 'noto-v1'], tables: ['glass'], clipart: false, textures: unseenTextures },
  'test-unseen': { icons: ['openmoji'], tables: ['outlined'], clipart: true, textures: unseenTextures },
  'test-shape': { icons: ['mdi', 'ph'], tables: [], clipart: false, textures: unseenTextures },
};

/** One-colour sets: drawn white, tinted at random by the compositor. */
export const tintedSets: readonly string[] = ['mdi', 'ph'];

/** The npm package that holds a set. */
export function packageOf(set: IconSet): string {
  return set === 'fluent-emoji-3d' ? '@lobehub/fluent-emoji-3d' : `@iconify-json/${set}`;
}
