import { expect, test } from 'bun:test';
import { badRequest } from '@hawser/api';
import { UpgradeFailedError } from '@hawser/streams';
import { namingWay } from './naming-way.ts';

const way = { through: 'konnectivity https://127.0.0.1:8131' };
const failing = (error: unknown, through: { through?: string } = way) =>
  namingWay(through, Promise.reject(error)).catch((cause: unknown) => cause);

test('says what a connection that is lost goes through', async () => {
  expect(((await failing(new Error('EOF'))) as Error).message).toBe(
    'EOF (through konnectivity https://127.0.0.1:8131)',
  );
});

test('leaves alone what goes through nothing, and what was answered', async () => {
  for (const [error, through] of [
    [new Error('EOF'), {}],
    [badRequest('no'), way],
    [new UpgradeFailedError(403, {}, Buffer.alloc(0)), way],
    ['thrown', way],
  ] as const)
    expect(await failing(error, through)).toBe(error);
});
