import { expect, test } from 'bun:test';
import { expandVariables } from './expand-variables.ts';

const variables = new Map([
  ['NAME', 'world'],
  ['EMPTY', ''],
  ['A.B', 'dotted'],
]);

// Cases of upstream's documentation of `command` and `args`.
const cases = [
  { name: 'a reference', text: 'hello $(NAME)', expected: 'hello world' },
  { name: 'an empty variable', text: '[$(EMPTY)]', expected: '[]' },
  { name: 'two references side by side', text: '$(NAME)$(A.B)', expected: 'worlddotted' },
  { name: 'an unknown variable stays', text: '$(NOBODY)', expected: '$(NOBODY)' },
  { name: 'an escaped reference', text: '$$(NAME)', expected: '$(NAME)' },
  { name: 'an escaped dollar before a reference', text: '$$$(NAME)', expected: '$world' },
  { name: 'a lone dollar', text: 'cost: 5$', expected: 'cost: 5$' },
  { name: 'shell syntax is not ours', text: '$NAME', expected: '$NAME' },
  { name: 'an unclosed reference', text: '$(NAME', expected: '$(NAME' },
];

for (const { name, text, expected } of cases)
  test(`expands ${name}`, () => expect(expandVariables(text, variables)).toBe(expected));
