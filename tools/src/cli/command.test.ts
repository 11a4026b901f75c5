import { describe, expect, test } from 'vitest';
import { commands } from '../main.js';
import { defineCommand, helpOf, type Options, parseCommandLine } from './command.js';

const command = defineCommand({
  name: 'paint',
  summary: 'paint pictures',
  positionals: 'PICTURE [COLOUR]',
  arity: [1, 2],
  options: {
    size: { type: 'number', short: 's', default: 4, placeholder: 'N', description: 'width of the brush' },
    brush: { type: 'string', choices: ['round', 'flat'], default: 'round', description: 'its form' },
    layer: { type: 'string', multiple: true, placeholder: 'NAME', description: 'what to paint on' },
    title: { type: 'string', description: 'written below' },
    wet: { type: 'boolean', description: 'does not dry' },
  },
  examples: [['onebit paint sky.png blue', 'a blue sky']],
  run: async () => undefined,
});

const parse = (...args: string[]) => parseCommandLine(command, args);

describe('parseCommandLine', () => {
  test('reads positionals, values of each type, short names and defaults', () => {
    expect(parse('sky.png', '-s', '2.5', '--brush=flat', 'blue', '--wet')).toEqual({
      positionals: ['sky.png', 'blue'],
      options: { size: 2.5, brush: 'flat', layer: [], title: undefined, wet: true, help: undefined, json: undefined },
    });
    expect(parse('sky.png').options).toMatchObject({ size: 4, brush: 'round' });
  });

  test('an option that may be repeated gathers its values, another takes its last one', () => {
    const { options } = parse('a', '--layer', 'one', '--layer=two', '--size', '1', '--size', '-3');
    expect([options.layer, options.size]).toEqual([['one', 'two'], -3]);
  });

  test('what follows -- is positional', () => {
    expect(parse('--', '--wet').positionals).toEqual(['--wet']);
  });

  test('a value may look like an option only when it is written with =', () => {
    expect(parse('a', '--title=--wet').options).toMatchObject({ title: '--wet', wet: undefined });
  });

  test.each([
    ['unknown option --siez, did you mean --size?', ['a', '--siez', '3']],
    ['unknown option -x', ['a', '-x']],
    ['unknown option --quite-another;', ['a', '--quite-another']],
    ['--title needs a value', ['a', '--title']],
    ['--title needs a value', ['a', '--title', '--wet']],
    ['--size must be a number, got "wide"', ['a', '--size', 'wide']],
    ['--size must be a number, got ""', ['a', '--size=']],
    ['-s must be a number, got "Infinity"', ['a', '-s', 'Infinity']],
    ['--brush must be one of round, flat, got "square"', ['a', '--brush', 'square']],
    ['--wet takes no value, got "yes"', ['a', '--wet=yes']],
    ['expected PICTURE [COLOUR], got none', []],
    ['expected PICTURE [COLOUR], got a b c', ['a', 'b', 'c']],
  ])('is strict: %s', (message, args) => {
    expect(() => parse(...args)).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE', message: expect.stringContaining(message) }),
    );
    expect(() => parse(...args)).toThrow(/^onebit paint: .*; see `onebit paint --help`$/);
  });

  test('--help needs no positionals', () => {
    expect(parse('--help').options.help).toBe(true);
  });
});

describe('helpOf', () => {
  test('shows usage, options with their defaults and choices, and examples', () => {
    expect(helpOf(command as never)).toBe(
      [
        'onebit paint: paint pictures',
        '',
        'Usage: onebit paint PICTURE [COLOUR] [options]',
        '',
        'Options:',
        '  -s, --size <N>             width of the brush (default 4)',
        '  --brush <string>           its form (one of round, flat; default round)',
        '  --layer <NAME>             what to paint on (may be repeated)',
        '  --title <string>           written below',
        '  --wet                      does not dry',
        '  -h, --help                 show this help',
        '  --json                     print one JSON document on stdout, progress on stderr',
        '',
        'Examples:',
        '  onebit paint sky.png blue',
        '      a blue sky',
        '',
      ].join('\n'),
    );
  });

  test.each(commands.map((each) => [each.name, each] as const))('%s: its examples parse', (name, each) => {
    expect(each.examples.length).toBeGreaterThan(0);
    for (const [line, what] of each.examples) {
      const [program, sub, ...args] = line.split(' ');
      expect([program, sub]).toEqual(['onebit', name]);
      expect(() => parseCommandLine<Options>(each, args)).not.toThrow();
      expect(what).not.toBe('');
      expect(helpOf(each)).toContain(`  ${line}\n      ${what}\n`);
    }
  });

  test.each(commands.map((each) => [each.name, each] as const))('%s: its options are sound', (_, each) => {
    const shorts = Object.values(each.options).flatMap(({ short }) => short ?? []);
    expect(new Set(['h', ...shorts]).size).toBe(shorts.length + 1);
    for (const [name, option] of Object.entries(each.options)) {
      expect(option.description, name).not.toBe('');
      if (option.choices && option.default !== undefined) expect(option.choices).toContain(option.default);
    }
  });
});
