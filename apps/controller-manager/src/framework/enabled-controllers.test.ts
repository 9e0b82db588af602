import { expect, test } from 'bun:test';
import { enabledControllers } from './enabled-controllers.ts';

const known = ['namespace-controller', 'node-ipam-controller', 'token-cleaner-controller'];

test.each<{ asked: string[]; expected: string[] }>([
  { asked: ['*'], expected: known },
  { asked: ['*', '-node-ipam-controller'], expected: ['namespace-controller', 'token-cleaner-controller'] },
  { asked: ['-tokencleaner', '*'], expected: ['namespace-controller', 'node-ipam-controller'] },
  { asked: ['namespace'], expected: ['namespace-controller'] },
  { asked: ['-namespace'], expected: [] },
])('$asked', ({ asked, expected }) => expect([...enabledControllers(asked, known)]).toEqual(expected));

test('refuses a name that no loop has', () => {
  expect(() => enabledControllers(['*', '-nodelifecycel'], known)).toThrow('nodelifecycel');
});
