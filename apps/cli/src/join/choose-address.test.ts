import { expect, test } from 'bun:test';
import { loopbackGuests } from './choose-address.ts';

test('a node begins with an address of its name, and may take any that is for guests', () => {
  const [own, other] = [loopbackGuests('node-9'), loopbackGuests('node-10')];
  expect(own[0]).not.toBe(other[0]);
  expect(loopbackGuests('node-9')).toEqual(own);
  const all = Array.from({ length: 240 }, (_, index) => `127.0.1.${index + 9}`);
  expect(own.toSorted()).toEqual(all.toSorted());
});
