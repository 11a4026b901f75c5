/**
 * An own 5 x 7 pixel font, so that labels look the same on machines without any font installed. Each character is seven base-32 digits, a row
 * each from the top, the leftmost pixel in the highest of five bits.
 */
const rows: Readonly<Record<string, string>> = {
  A: 'ehhvhhh',
  B: 'uhhuhhu',
  C: 'ehggghe',
  D: 'uhhhhhu',
  E: 'vgguggv',
  F: 'vgguggg',
  G: 'ehgnhhe',
  H: 'hhhvhhh',
  I: 'e44444e',
  J: '72222ic',
  K: 'hikokih',
  L: 'ggggggv',
  M: 'hrllhhh',
  N: 'hpljhhh',
  O: 'ehhhhhe',
  P: 'uhhuggg',
  Q: 'ehhhlid',
  R: 'uhhukih',
  S: 'fgge11u',
  T: 'v444444',
  U: 'hhhhhhe',
  V: 'hhhhha4',
  W: 'hhhllla',
  X: 'hha4ahh',
  Y: 'hhha444',
  Z: 'v1248gv',
  a: '00e1fhf',
  b: 'ggmphhu',
  c: '00egghe',
  d: '11djhhf',
  e: '00ehvge',
  f: '698s888',
  g: '0fhhf1e',
  h: 'ggmphhh',
  i: '40c444e',
  j: '20622ic',
  k: 'ggikoki',
  l: 'c44444e',
  m: '00qllhh',
  n: '00mphhh',
  o: '00ehhhe',
  p: '00uhugg',
  q: '00djf11',
  r: '00mpggg',
  s: '00ege1u',
  t: '88s8896',
  u: '00hhhjd',
  v: '00hhha4',
  w: '00hhlla',
  x: '00ha4ah',
  y: '00hhf1e',
  z: '00v248v',
  0: 'ehjlphe',
  1: '4c4444e',
  2: 'eh1248v',
  3: 'v2421he',
  4: '26aiv22',
  5: 'vgu11he',
  6: '68guhhe',
  7: 'v124888',
  8: 'ehhehhe',
  9: 'ehhf12c',
  ' ': '0000000',
  '.': '00000cc',
  ',': '0000c48',
  ':': '0cc0cc0',
  '%': 'op248j3',
  '-': '000v000',
  _: '000000v',
  '/': '01248g0',
  '(': '2488842',
  ')': '8422248',
  '+': '044v440',
  '?': 'eh12404',
  '!': '4444004',
  '#': 'aavavaa',
  '&': 'cik8lid',
  "'": '4400000',
  '=': '00v0v00',
  '*': '04lel40',
};

const columns = 5;
const lines = 7;
/** Pixels from one character to the next: five and a gap. */
const advance = columns + 1;

/** Width and height of a text in pixels of the font, times `scale`. */
export function textSize(text: string, scale: number): { readonly width: number; readonly height: number } {
  return { width: Math.max(0, advance * [...text].length - 1) * scale, height: lines * scale };
}

/** The data of an SVG path that fills a text's pixels; (x, y) is its upper left corner. Characters the font lacks become `?`. */
export function textPath(text: string, x: number, y: number, scale: number): string {
  let path = '';
  [...text].forEach((character, position) => {
    const digits = rows[character] ?? rows['?'];
    for (let line = 0; line < lines; line++) {
      const bits = Number.parseInt(digits[line], 32);
      for (let column = 0; column < columns; column++) {
        if (((bits >> (columns - 1 - column)) & 1) === 0) continue;
        path += `M${x + (position * advance + column) * scale} ${y + line * scale}h${scale}v${scale}h${-scale}z`;
      }
    }
  });
  return path;
}
