/**
 * Dining tables, which no emoji set has: own drawings in six looks, each on a 320 x 320 field. Flat, round, cloth and perspective serve
 * training, glass and outlined the unseen parts. The compositor shifts hue, brightness and shape, so one drawing a variant is enough.
 */
export type TableLook = 'flat' | 'round' | 'cloth' | 'perspective' | 'glass' | 'outlined';

const legs = (fill: string, ...xs: readonly number[]): string =>
  xs.map((x) => `<path fill="${fill}" d="M${x} 140h22l-4 140h-14z"/>`).join('');

const flat = [
  `${legs('#7a4a22', 34, 264)}<rect x="12" y="116" width="296" height="26" rx="5" fill="#b5763a"/>
   <rect x="12" y="116" width="296" height="9" rx="4" fill="#cf9457"/><rect x="34" y="142" width="252" height="22" fill="#8f5a2b"/>`,
  `${legs('#5b3a1e', 40, 96, 206, 258)}<rect x="10" y="122" width="300" height="20" rx="3" fill="#a0662f"/>
   <rect x="38" y="142" width="244" height="12" fill="#6d4522"/><ellipse cx="112" cy="118" rx="44" ry="8" fill="#f2f2f2"/>
   <ellipse cx="112" cy="116" rx="26" ry="4" fill="#d8dde2"/><path d="M196 74h28l-5 46h-18z" fill="#8ecae6"/>`,
];

const round = [
  `<path fill="#5d3b20" d="M146 150h28l6 100h-40z"/><path fill="#4c2f18" d="M88 286q8-30 58-38h28q50 8 58 38l-20 2q-18-18-52-18t-52 18z"/>
   <ellipse cx="160" cy="142" rx="150" ry="40" fill="#7d5029"/><ellipse cx="160" cy="130" rx="150" ry="40" fill="#bd8148"/>
   <ellipse cx="160" cy="128" rx="132" ry="32" fill="#cc9259"/>`,
  `<path fill="#8c8f94" d="M150 150h20v108h-20z"/><ellipse cx="160" cy="268" rx="78" ry="18" fill="#6c6f75"/>
   <ellipse cx="160" cy="132" rx="146" ry="44" fill="#d9dbe0"/><ellipse cx="160" cy="124" rx="146" ry="44" fill="#f3f1ec"/>
   <ellipse cx="94" cy="122" rx="34" ry="11" fill="#ffffff" stroke="#b9bcc4" stroke-width="3"/>
   <ellipse cx="222" cy="128" rx="34" ry="11" fill="#ffffff" stroke="#b9bcc4" stroke-width="3"/>
   <path fill="#c0392b" d="M148 84h26l-4 30h-18z"/><circle cx="161" cy="74" r="16" fill="#4f9d4a"/>`,
];

const cloth = [
  `${legs('#6b4526', 46, 252)}<path fill="#e9e4d8" d="M22 104h276l14 92q-20 18-38 0-18 18-38 0-19 18-38 0-19 18-38 0-19 18-38 0-18 18-38 0-18 18-36 0-18 18-58 0z"/>
   <path fill="#f8f5ee" d="M22 100h276l4 26H18z"/><path fill="#c94f4f" d="M14 168h290l2 12H12z"/>`,
  `${legs('#54361c', 52, 246)}<path fill="#4d7ea8" d="M20 108h280l12 100H8z"/><path fill="#6c9cc4" d="M30 96h260l10 24H20z"/>
   <path fill="#ffffff" fill-opacity=".55" d="M60 96h20l-8 112H48zM130 96h20l-4 112h-22zM196 96h-20 20l8 112h-24l-6-112zM260 96h-20l12 112h26z"/>
   <ellipse cx="160" cy="106" rx="40" ry="7" fill="#fafafa"/>`,
];

const perspective = [
  `<path fill="#6f4522" d="M40 150h18v132H40zM262 150h18v132h-18z"/><path fill="#553418" d="M84 116h13v96H84zM224 116h13v96h-13z"/>
   <path fill="#c58a50" d="M74 92h172l64 62H10z"/><path fill="#8d5b2e" d="M10 154h300v18H10z"/>
   <path fill="#d9a268" d="M88 100h40l-34 44H44zM150 100h22l8 44h-40z"/>`,
  `<path fill="#3f2d20" d="M24 168l16 1 8 116H36zM296 168l-16 1-8 116h12zM92 118h12v90H92zM216 118h12v90h-12z"/>
   <path fill="#7b5537" d="M70 84h180l60 74H10z"/><path fill="#5a3b24" d="M10 158h300v14H10z"/>
   <ellipse cx="112" cy="108" rx="28" ry="9" fill="#efeae2"/><ellipse cx="208" cy="108" rx="28" ry="9" fill="#efeae2"/>
   <ellipse cx="92" cy="140" rx="34" ry="11" fill="#efeae2"/><ellipse cx="228" cy="140" rx="34" ry="11" fill="#efeae2"/>
   <path fill="#d8b04a" d="M150 88h20v40h-20z"/>`,
];

const glass = [
  `<path stroke="#8b97a3" stroke-width="12" stroke-linecap="round" fill="none" d="M70 140L46 286M250 140l24 146M112 130l-10 100M208 130l10 100"/>
   <path fill="#a9dbe8" fill-opacity=".78" d="M62 98h196l52 44H10z"/><path fill="#6fb4c8" d="M10 142h300v11H10z"/>
   <path fill="#fff" fill-opacity=".7" d="M92 102h34l-44 36H46zM150 102h16l-18 36h-22z"/>`,
  `<path stroke="#5f6b78" stroke-width="14" fill="none" d="M160 140v110"/><path stroke="#5f6b78" stroke-width="12" stroke-linecap="round" fill="none" d="M90 284l70-40 70 40"/>
   <ellipse cx="160" cy="136" rx="148" ry="36" fill="#5aa2b8"/><ellipse cx="160" cy="128" rx="148" ry="36" fill="#b4e3ee" fill-opacity=".92"/>
   <path fill="#fff" fill-opacity=".65" d="M60 112q60-20 120-16l-60 56q-60-8-86-20z"/>`,
];

const outlined = [
  `<g stroke="#111" stroke-width="10" stroke-linejoin="round"><path fill="#a57939" d="M40 146h26v136H40zM254 146h26v136h-26z"/>
   <path fill="#d2a15c" d="M14 112h292v36H14z"/></g>`,
  `<g stroke="#111" stroke-width="10" stroke-linejoin="round"><path fill="#fff" d="M148 150h24v106h-24z"/><path fill="#fff" d="M92 284q10-30 68-32 58 2 68 32z"/>
   <ellipse cx="160" cy="126" rx="144" ry="34" fill="#fcea9a"/></g><path d="M60 122q40-18 100-18" stroke="#111" stroke-width="6" fill="none" stroke-linecap="round"/>`,
];

const looks: Readonly<Record<TableLook, readonly string[]>> = { flat, round, cloth, perspective, glass, outlined };

/** The drawings of a look, as complete SVG documents. */
export function tableDrawings(look: TableLook): readonly { readonly name: string; readonly svg: string }[] {
  return looks[look].map((body, index) => ({
    name: `${look}-${index + 1}`,
    svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 320">${body}</svg>`,
  }));
}
