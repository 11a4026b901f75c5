import { OnebitError, unknownName } from '@onebit/common';

/** What the engine must know of a stage; what it trains is the caller's. */
export interface Stage {
  /** Letters, digits, `_` and `-`; the name of its folder. */
  readonly name: string;
  /** Earlier stage whose weights it begins with, `previous` (default) or `scratch`. */
  readonly from?: string;
  /** Earlier stage whose model it learns from. */
  readonly teacher?: string;
}

/** A stage with its folder, and those of the stages it needs. */
export interface PlannedStage<S extends Stage> {
  readonly stage: S;
  /** `<number>-<name>` below the folder of all. */
  readonly folder: string;
  /** Of the stage to take weights from; absent for fresh ones. */
  readonly initial?: string;
  readonly teacher?: string;
}

/**
 * Stages in their order, with names of folders.
 * @throws OnebitError ERR_RECIPE for an empty list, a name that is twice there or is none; ERR_UNKNOWN_NAME for a stage that is not an earlier one
 */
export function planStages<S extends Stage>(stages: readonly S[]): PlannedStage<S>[] {
  if (stages.length === 0) throw new OnebitError('ERR_RECIPE', 'stages: needs at least one');
  const folders = new Map<string, string>();
  return stages.map((stage, i) => {
    const { name, from = 'previous', teacher } = stage;
    checkName(name, i, folders);
    const folderOf = (key: string, wanted: string) => {
      const folder = folders.get(wanted);
      if (folder === undefined) throw unknownName(`stages.${i}.${key}`, wanted, [...folders.keys()]);
      return folder;
    };
    const previous = from === 'previous' ? [...folders.values()].at(-1) : undefined;
    const initial = from === 'previous' || from === 'scratch' ? previous : folderOf('from', from);
    const planned = { stage, folder: `${i + 1}-${name}`, initial, teacher: teacher && folderOf('teacher', teacher) };
    folders.set(name, planned.folder);
    return planned;
  });
}

function checkName(name: string, index: number, taken: ReadonlyMap<string, string>): void {
  const fault = !/^[\w-]+$/.test(name)
    ? 'must be letters, digits, _ and -'
    : name === 'previous' || name === 'scratch'
      ? 'is a word with a meaning of its own; choose another'
      : taken.has(name)
        ? 'is there twice'
        : undefined;
  if (fault !== undefined) {
    throw new OnebitError('ERR_RECIPE', `stages.${index}.name: ${JSON.stringify(name)} ${fault}`);
  }
}
