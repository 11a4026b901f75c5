/** One drawing of a class: its name in the icon sets and, for sets filed by code point, its code points in hex joined by `-`. */
export interface Glyph {
  readonly name: string;
  readonly code: string;
  /** A face or bust, used for a small share of the objects, as in close-ups. */
  readonly close?: boolean;
}

const glyph = (name: string, code: string): Glyph => ({ name, code });
const face = (name: string, code: string): Glyph => ({ name, code, close: true });

/**
 * People in all skin tones: the sets name a variant `-medium-skin-tone` or, in the Fluent family, `-medium`; the code point of the tone comes
 * right after that of the person.
 */
function people(make: (name: string, code: string) => Glyph, name: string, base: string, rest = ''): Glyph[] {
  const tones = [
    ['light', '1f3fb'],
    ['medium-light', '1f3fc'],
    ['medium', '1f3fd'],
    ['medium-dark', '1f3fe'],
    ['dark', '1f3ff'],
  ];
  return [make(name, base + rest), ...tones.map(([tone, code]) => make(`${name}-${tone}`, `${base}-${code}${rest}`))];
}

/** The drawings of each class in the emoji sets; a set that lacks one is asked for the others. */
export const emojiGlyphs: Readonly<Record<string, readonly Glyph[]>> = {
  aeroplane: [glyph('airplane', '2708'), glyph('small-airplane', '1f6e9')],
  bicycle: [glyph('bicycle', '1f6b2')],
  bird: [
    glyph('bird', '1f426'),
    glyph('dove', '1f54a'),
    glyph('eagle', '1f985'),
    glyph('duck', '1f986'),
    glyph('owl', '1f989'),
    glyph('parrot', '1f99c'),
    glyph('penguin', '1f427'),
    glyph('swan', '1f9a2'),
    glyph('flamingo', '1f9a9'),
    glyph('peacock', '1f99a'),
    glyph('rooster', '1f413'),
    glyph('turkey', '1f983'),
    glyph('goose', '1fabf'),
  ],
  boat: [
    glyph('sailboat', '26f5'),
    glyph('speedboat', '1f6a4'),
    glyph('motor-boat', '1f6e5'),
    glyph('ferry', '26f4'),
    glyph('canoe', '1f6f6'),
    glyph('ship', '1f6a2'),
    glyph('passenger-ship', '1f6f3'),
  ],
  bottle: [
    glyph('bottle-with-popping-cork', '1f37e'),
    glyph('baby-bottle', '1f37c'),
    glyph('lotion-bottle', '1f9f4'),
    glyph('sake', '1f376'),
  ],
  bus: [glyph('bus', '1f68c'), glyph('oncoming-bus', '1f68d'), glyph('trolleybus', '1f68e'), glyph('minibus', '1f690')],
  car: [
    glyph('automobile', '1f697'),
    glyph('oncoming-automobile', '1f698'),
    glyph('taxi', '1f695'),
    glyph('oncoming-taxi', '1f696'),
    glyph('sport-utility-vehicle', '1f699'),
    glyph('police-car', '1f693'),
    glyph('racing-car', '1f3ce'),
  ],
  cat: [glyph('cat', '1f408'), glyph('black-cat', '1f408-200d-2b1b'), face('cat-face', '1f431')],
  chair: [glyph('chair', '1fa91'), glyph('seat', '1f4ba')],
  cow: [glyph('cow', '1f404'), glyph('ox', '1f402'), glyph('water-buffalo', '1f403'), face('cow-face', '1f42e')],
  diningtable: [], // no emoji shows one: see tables.ts
  dog: [
    glyph('dog', '1f415'),
    glyph('poodle', '1f429'),
    glyph('guide-dog', '1f9ae'),
    glyph('service-dog', '1f415-200d-1f9ba'),
    face('dog-face', '1f436'),
  ],
  horse: [glyph('horse', '1f40e'), face('horse-face', '1f434')],
  motorbike: [glyph('motorcycle', '1f3cd'), glyph('motor-scooter', '1f6f5')],
  person: [
    ...people(glyph, 'person-walking', '1f6b6'),
    ...people(glyph, 'man-walking', '1f6b6', '-200d-2642'),
    ...people(glyph, 'woman-walking', '1f6b6', '-200d-2640'),
    ...people(glyph, 'person-running', '1f3c3'),
    ...people(glyph, 'man-running', '1f3c3', '-200d-2642'),
    ...people(glyph, 'woman-running', '1f3c3', '-200d-2640'),
    ...people(glyph, 'person-standing', '1f9cd'),
    ...people(glyph, 'man-standing', '1f9cd', '-200d-2642'),
    ...people(glyph, 'woman-standing', '1f9cd', '-200d-2640'),
    ...people(glyph, 'man-dancing', '1f57a'),
    ...people(glyph, 'woman-dancing', '1f483'),
    ...people(face, 'person', '1f9d1'),
    ...people(face, 'man', '1f468'),
    ...people(face, 'woman', '1f469'),
    ...people(face, 'boy', '1f466'),
    ...people(face, 'girl', '1f467'),
  ],
  pottedplant: [glyph('potted-plant', '1fab4')],
  sheep: [glyph('ewe', '1f411'), glyph('ram', '1f40f')],
  sofa: [glyph('couch-and-lamp', '1f6cb')],
  train: [
    glyph('locomotive', '1f682'),
    glyph('high-speed-train', '1f684'),
    glyph('bullet-train', '1f685'),
    glyph('train', '1f686'),
    glyph('metro', '1f687'),
    glyph('light-rail', '1f688'),
    glyph('tram', '1f68a'),
    glyph('station', '1f689'),
    glyph('railway-car', '1f683'),
    glyph('tram-car', '1f68b'),
    glyph('mountain-railway', '1f69e'),
  ],
  tvmonitor: [glyph('television', '1f4fa'), glyph('desktop-computer', '1f5a5')],
};

/** Drawings that stand in only where a set has none of the class's own. */
export const standIns: Readonly<Record<string, readonly Glyph[]>> = { pottedplant: [glyph('cactus', '1f335')] };

/** Things of no class: blurred into the background, so that "something drawn" is not yet an object. */
export const distractorGlyphs: readonly Glyph[] = [
  glyph('deciduous-tree', '1f333'),
  glyph('evergreen-tree', '1f332'),
  glyph('palm-tree', '1f334'),
  glyph('house', '1f3e0'),
  glyph('castle', '1f3f0'),
  glyph('office-building', '1f3e2'),
  glyph('tent', '26fa'),
  glyph('mountain', '26f0'),
  glyph('sunflower', '1f33b'),
  glyph('tulip', '1f337'),
  glyph('mushroom', '1f344'),
  glyph('pizza', '1f355'),
  glyph('hamburger', '1f354'),
  glyph('red-apple', '1f34e'),
  glyph('watermelon', '1f349'),
  glyph('grapes', '1f347'),
  glyph('cheese-wedge', '1f9c0'),
  glyph('rocket', '1f680'),
  glyph('soccer-ball', '26bd'),
  glyph('balloon', '1f388'),
  glyph('drum', '1f941'),
  glyph('guitar', '1f3b8'),
  glyph('key', '1f511'),
  glyph('anchor', '2693'),
];

type Names = Readonly<Record<string, readonly string[]>>;

/** The one-colour sets have names of their own; their cats, cows and sheep are faces only. */
export const shapeGlyphs: Readonly<Record<'mdi' | 'ph', Names>> = {
  mdi: {
    aeroplane: ['airplane', 'airplane-landing', 'airplane-takeoff'],
    bicycle: ['bicycle', 'bicycle-basket', 'bicycle-cargo'],
    bird: ['bird', 'duck', 'penguin', 'owl'],
    boat: ['ferry', 'sail-boat'],
    bottle: ['bottle-soda', 'bottle-soda-classic', 'bottle-tonic', 'bottle-wine'],
    bus: ['bus', 'bus-side', 'bus-school', 'bus-double-decker'],
    car: ['car', 'car-side', 'car-hatchback', 'car-estate', 'car-pickup', 'car-sports', 'car-convertible', 'taxi'],
    cat: ['cat'],
    chair: ['chair-rolling', 'chair-school', 'seat'],
    cow: ['cow'],
    diningtable: ['table-furniture', 'table-picnic'],
    dog: ['dog', 'dog-side'],
    horse: ['horse', 'horse-variant'],
    motorbike: ['motorbike', 'moped'],
    person: [
      'human',
      'human-male',
      'human-female',
      'human-handsup',
      'human-greeting',
      'human-female-dance',
      'walk',
      'run',
    ],
    sheep: ['sheep'],
    sofa: ['sofa', 'sofa-single'],
    train: ['train', 'train-variant', 'tram', 'tram-side', 'subway-variant', 'train-car-passenger'],
    tvmonitor: ['television', 'television-classic', 'monitor'],
    distractor: [
      'tree',
      'home',
      'pizza',
      'castle',
      'office-building',
      'tent',
      'mushroom',
      'rocket',
      'soccer',
      'balloon',
      'key',
      'anchor',
    ],
  },
  ph: {
    aeroplane: ['airplane-fill', 'airplane-in-flight-fill', 'airplane-tilt-fill'],
    bicycle: ['bicycle-fill'],
    bird: ['bird-fill'],
    boat: ['boat-fill', 'sailboat-fill'],
    bottle: ['beer-bottle-fill'],
    bus: ['bus-fill'],
    car: ['car-fill', 'car-profile-fill', 'car-simple-fill', 'taxi-fill', 'jeep-fill', 'van-fill'],
    cat: ['cat-fill'],
    chair: ['chair-fill', 'office-chair-fill'],
    cow: ['cow-fill'],
    dog: ['dog-fill'],
    horse: ['horse-fill'],
    motorbike: ['motorcycle-fill', 'moped-fill'],
    person: [
      'person-fill',
      'person-arms-spread-fill',
      'person-simple-fill',
      'person-simple-walk-fill',
      'person-simple-run-fill',
    ],
    pottedplant: ['potted-plant-fill'],
    sofa: ['couch-fill'],
    train: ['train-fill', 'train-regional-fill', 'train-simple-fill', 'tram-fill'],
    tvmonitor: ['television-fill', 'television-simple-fill', 'monitor-fill', 'desktop-fill'],
    distractor: [
      'tree-fill',
      'house-fill',
      'pizza-fill',
      'hamburger-fill',
      'mountains-fill',
      'tent-fill',
      'rocket-fill',
      'key-fill',
      'anchor-fill',
    ],
  },
};
