import type { ModuleBuilder } from '@onebit/nn';
import { styles } from '../style.js';
import { bnextUnit } from './bnext-unit.js';
import { graphUnit } from './graph-unit.js';
import { pokeUnit } from './poke-unit.js';
import type { Attach, Unit, UnitOptions } from './unit.js';

const forms = { graph: graphUnit, bnext: bnextUnit, poke: pokeUnit } as const;

/** Makes a unit in the form of its style; `attach` makes its parts children of the module it is for. */
export function makeUnit(builder: ModuleBuilder, options: UnitOptions, attach: Attach): Unit {
  return forms[styles[options.style].unit ?? 'graph'](builder, options, attach);
}
