import { expect, test } from 'bun:test';
import type { FieldError } from '@hawser/api';
import { SIGNING_ALGORITHMS } from '@hawser/authn';
import { DialError, type Dialer, type Target } from '@hawser/dial';
import { type Logger, silentLogger } from '@hawser/observability';
import { FakeClock } from '@hawser/runtime';
import { compileJwt } from './compile-jwt.ts';
import { IssuerSet } from './issuer-set.ts';

class Nowhere implements Dialer {
  readonly dialled: Target[] = [];

  async dial(target: Target): Promise<never> {
    this.dialled.push(target);
    throw new DialError('nobody is there');
  }
}

async function started(issuer: object, claimMappings: object = {}) {
  const faults: FieldError[] = [];
  const username = { claim: 'sub', prefix: 'x:' };
  const configuration = {
    issuer: { url: 'https://issuer.example', audiences: ['a'], ...issuer },
    claimMappings: { username, ...claimMappings },
  };
  const jwt = compileJwt('', configuration, [], faults);
  expect(faults).toEqual([]);
  const [direct, cluster] = [new Nowhere(), new Nowhere()];
  const said: string[] = [];
  const say = (_values: object, words: string) => void said.push(words);
  const logger = { ...silentLogger, warn: say, error: say, info: say } as Logger;
  const around = { direct, cluster, apiAudiences: ['hub'], logger, clock: new FakeClock() };
  using issuers = new IssuerSet([{ jwt: jwt!, algorithms: SIGNING_ALGORITHMS }], around);
  await new Promise((resolve) => setTimeout(resolve));
  return { direct: direct.dialled, cluster: cluster.dialled, said, fault: issuers.fault?.message };
}

const issuer = { host: 'issuer.example', port: 443 };

test('an issuer is called directly, and one in the cluster by the way to the cluster', async () => {
  expect(await started({})).toMatchObject({ direct: [issuer], cluster: [] });
  expect(await started({ egressSelectorType: 'cluster' })).toMatchObject({ direct: [], cluster: [issuer] });
});

test('discovery may be elsewhere', async () => {
  const { direct } = await started({ discoveryURL: 'https://inside.example:8443/d' });
  expect(direct).toEqual([{ host: 'inside.example', port: 8443 }]);
});

test('an issuer that cannot be reached is said, and why', async () => {
  expect(await started({})).toMatchObject({
    said: ['oidc: the keys of the issuer cannot be fetched'],
    fault: 'nobody is there',
  });
});

test('what an issuer may name without a prefix is said at start', async () => {
  const weakened = async (mappings: object) =>
    (await started({}, mappings)).said.filter((words) => words.startsWith('weakened'));
  expect(await weakened({})).toEqual([]);
  expect(await weakened({ username: { claim: 'email', prefix: '' } })).toEqual([]);
  expect(await weakened({ groups: { claim: 'g', prefix: 'x:' } })).toEqual([]);
  expect(
    await weakened({ username: { claim: 'sub', prefix: '' }, groups: { claim: 'g', prefix: '' } }),
  ).toHaveLength(2);
});
