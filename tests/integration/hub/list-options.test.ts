import { describe, expect } from 'bun:test';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { forgetThePast } from '../../cluster/compact-store.ts';
import { expectFailure, expectJson, namesOf } from '../../cluster/expectations.ts';
import { configMap } from '../../cluster/objects.ts';
import { WatchStream } from '../../cluster/watch-stream.ts';

const hub = shareCluster();
const MAPS = '/api/v1/configmaps';
const LIST_INVALID = 'ListOptions.meta.k8s.io "" is invalid: ';

async function maps(cluster: Cluster, names: readonly string[]): Promise<string> {
  const path = `/api/v1/namespaces/${await cluster.namespace()}/configmaps`;
  for (const name of names) expectJson(await cluster.admin.post(path, configMap(name)), 201);
  return path;
}

interface Refusal {
  readonly query: string;
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

const forbidden = (field: string, why: string) => `${field}: Forbidden: ${why}`;
const MATCH = 'resourceVersionMatch';

const lists: Refusal[] = [
  {
    query: 'resourceVersionMatch=Exact',
    code: 422,
    reason: 'Invalid',
    message: LIST_INVALID + forbidden(MATCH, `${MATCH} is forbidden unless resourceVersion is provided`),
  },
  {
    query: 'resourceVersionMatch=Exact&resourceVersion=0',
    code: 422,
    reason: 'Invalid',
    message: LIST_INVALID + forbidden(MATCH, `${MATCH} "exact" is forbidden for resourceVersion "0"`),
  },
  {
    query: 'resourceVersionMatch=Newest&resourceVersion=5',
    code: 422,
    reason: 'Invalid',
    message: `${LIST_INVALID}${MATCH}: Unsupported value: "Newest": supported values: "Exact", "NotOlderThan", ""`,
  },
  {
    query: 'resourceVersionMatch=NotOlderThan&resourceVersion=5&continue=x',
    code: 422,
    reason: 'Invalid',
    message: LIST_INVALID + forbidden(MATCH, `${MATCH} is forbidden when continue is provided`),
  },
  {
    query: 'sendInitialEvents=true',
    code: 422,
    reason: 'Invalid',
    message: LIST_INVALID + forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'),
  },
  {
    query: 'resourceVersion=abc',
    code: 400,
    reason: 'BadRequest',
    message:
      'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
  },
  {
    query: 'resourceVersion=-1',
    code: 400,
    reason: 'BadRequest',
    message:
      'invalid resource version: resourceVersion: Invalid value: "-1": strconv.ParseUint: parsing "-1": invalid syntax',
  },
  {
    query: 'limit=many',
    code: 400,
    reason: 'BadRequest',
    message: 'strconv.ParseInt: parsing "many": invalid syntax',
  },
  {
    query: 'timeoutSeconds=1.5',
    code: 400,
    reason: 'BadRequest',
    message: 'strconv.ParseInt: parsing "1.5": invalid syntax',
  },
  {
    query: 'limit=9223372036854775808',
    code: 400,
    reason: 'BadRequest',
    message: 'strconv.ParseInt: parsing "9223372036854775808": value out of range',
  },
  {
    query: 'continue=%ff',
    code: 400,
    reason: 'BadRequest',
    message: 'invalid continue token: continue key is not valid: illegal base64 data',
  },
  {
    query: 'continue=e30',
    code: 400,
    reason: 'BadRequest',
    message:
      'invalid continue token: continue key is not valid: server does not recognize this encoded version ',
  },
  {
    query: `continue=${Buffer.from('{"v":"meta.k8s.io/v1","rv":0,"start":"a"}').toString('base64url')}`,
    code: 400,
    reason: 'BadRequest',
    message:
      'invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)',
  },
  {
    query: `continue=${Buffer.from('{"v":"meta.k8s.io/v1","rv":1,"start":"a"}').toString('base64url')}&resourceVersion=5`,
    code: 400,
    reason: 'BadRequest',
    message: 'specifying resource version is not allowed when using continue',
  },
];

const watches: Refusal[] = [
  {
    query: 'sendInitialEvents=true&allowWatchBookmarks=true',
    code: 422,
    reason: 'Invalid',
    message: LIST_INVALID + forbidden(MATCH, `sendInitialEvents requires setting ${MATCH} to NotOlderThan`),
  },
  {
    query: 'sendInitialEvents=false&resourceVersionMatch=Exact&resourceVersion=5',
    code: 422,
    reason: 'Invalid',
    message: `${LIST_INVALID}[${forbidden(MATCH, `sendInitialEvents requires setting ${MATCH} to NotOlderThan`)}, ${MATCH}: Unsupported value: "Exact": supported values: "NotOlderThan"]`,
  },
  {
    query: 'resourceVersionMatch=NotOlderThan&resourceVersion=5',
    code: 422,
    reason: 'Invalid',
    message:
      LIST_INVALID + forbidden(MATCH, `${MATCH} is forbidden for watch unless sendInitialEvents is provided`),
  },
  {
    query: 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&continue=x',
    code: 422,
    reason: 'Invalid',
    message: LIST_INVALID + forbidden(MATCH, `${MATCH} is forbidden when continue is provided`),
  },
  {
    query: 'timeoutSeconds=soon',
    code: 400,
    reason: 'BadRequest',
    message: 'strconv.ParseInt: parsing "soon": invalid syntax',
  },
  {
    query: 'resourceVersion=abc',
    code: 400,
    reason: 'BadRequest',
    message:
      'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
  },
];

describe('options that cannot be meant are refused in upstream’s words:', () => {
  for (const { query, code, reason, message } of lists)
    hub.test(`list ${query}`, async (cluster) => {
      const answer = await cluster.admin.get(`${MAPS}?${query}`);
      expect(expectFailure(answer, code, reason).message).toBe(message);
    });
  for (const { query, code, reason, message } of watches)
    hub.test(`watch ${query}`, async (cluster) => {
      const answer = await cluster.admin.get(`${MAPS}?watch=1&${query}`);
      expect(expectFailure(answer, code, reason).message).toBe(message);
    });
});

describe('a moment that was never reached', () => {
  const FUTURE = '999999999';
  for (const query of [
    `resourceVersion=${FUTURE}`,
    `resourceVersion=${FUTURE}&resourceVersionMatch=NotOlderThan`,
    `resourceVersion=${FUTURE}&resourceVersionMatch=Exact`,
    `resourceVersion=${FUTURE}&limit=5`,
    `watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1&resourceVersion=${FUTURE}`,
  ])
    hub.test(`is a Timeout that says when to come again: ${query}`, async (cluster) => {
      const answer = await cluster.admin.get(`${MAPS}?${query}`);
      const { message, details } = expectFailure(answer, 504, 'Timeout');
      expect(message).toMatch(/^Timeout: Too large resource version: 999999999, current: \d+$/);
      expect(details).toEqual({
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      });
      expect(answer.headers['retry-after']).toBe('1');
    });

  hub.test('cannot be read of one object either', async (cluster) => {
    const path = await maps(cluster, ['a']);
    expectFailure(await cluster.admin.get(`${path}/a?resourceVersion=${FUTURE}`), 504, 'Timeout');
    expectFailure(await cluster.admin.get(`${path}/a?resourceVersion=x`), 400, 'BadRequest');
    expectJson(await cluster.admin.get(`${path}/a?resourceVersion=0`));
  });
});

describe('which moment a list shows', () => {
  const cases = [
    { query: '', names: ['b', 'c'] },
    { query: 'resourceVersion=0', names: ['b', 'c'] },
    { query: 'resourceVersion=THEN', names: ['b', 'c'] },
    { query: 'resourceVersion=THEN&resourceVersionMatch=NotOlderThan', names: ['b', 'c'] },
    { query: 'resourceVersion=THEN&resourceVersionMatch=NotOlderThan&limit=1', names: ['b'] },
    { query: 'resourceVersion=THEN&resourceVersionMatch=Exact', names: ['a', 'b'], past: true },
    { query: 'resourceVersion=THEN&resourceVersionMatch=Exact&limit=1', names: ['a'], past: true },
    { query: 'resourceVersion=THEN&limit=1', names: ['a'], past: true },
    { query: 'limit=1', names: ['b'] },
    { query: 'limit=-1', names: ['b', 'c'] },
    { query: 'resourceVersion=0&limit=1', names: ['b', 'c'] },
    { query: 'resourceVersion=0&resourceVersionMatch=NotOlderThan', names: ['b', 'c'] },
  ];
  for (const { query, names, past = false } of cases)
    hub.test(`with ${query || 'nothing said'}`, async (cluster) => {
      const path = await maps(cluster, ['a', 'b']);
      const before = expectJson(await cluster.admin.get(path)).metadata.resourceVersion;
      expectJson(await cluster.admin.delete(`${path}/a`));
      expectJson(await cluster.admin.post(path, configMap('c')), 201);
      const list = expectJson(await cluster.admin.get(`${path}?${query.replace('THEN', before)}`));
      expect(namesOf(list)).toEqual(names);
      if (past) expect(list.metadata.resourceVersion).toBe(before);
      else expect(Number(list.metadata.resourceVersion)).toBeGreaterThan(Number(before));
    });
});

describe('when the past is forgotten', () => {
  hub.test('an expired list goes on with the token of its refusal', async (cluster) => {
    const path = await maps(cluster, ['a', 'b', 'c', 'd']);
    const first = expectJson(await cluster.admin.get(`${path}?limit=2`));
    expectJson(await cluster.admin.delete(`${path}/c`));
    expectJson(await cluster.admin.post(path, configMap('e')), 201);
    await forgetThePast(cluster);
    const answer = await cluster.admin.get(`${path}?limit=2&continue=${first.metadata.continue}`);
    const status = expectFailure(answer, 410, 'Expired');
    expect(status.message).toEndWith('may show up in the list.');
    const next = status.metadata.continue;
    const rest = expectJson(await cluster.admin.get(`${path}?limit=2&continue=${next}`));
    expect(namesOf(rest)).toEqual(['d', 'e']);
    expect(Number(rest.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
  });

  hub.test('a list of that moment is Expired', async (cluster) => {
    const path = await maps(cluster, ['a']);
    const before = expectJson(await cluster.admin.get(path)).metadata.resourceVersion;
    expectJson(await cluster.admin.delete(`${path}/a`));
    await forgetThePast(cluster);
    const query = `resourceVersion=${before}&resourceVersionMatch=Exact`;
    expect(expectFailure(await cluster.admin.get(`${path}?${query}`), 410, 'Expired').message).toBe(
      'The resourceVersion for the provided list is too old.',
    );
  });
});

describe('the older paths of watches', () => {
  hub.test('tell of a collection and of one object', async (cluster) => {
    const path = await maps(cluster, ['a', 'b']);
    const older = path.replace('/api/v1/', '/api/v1/watch/');
    const open = async (target: string) => {
      const response = await cluster.admin.open('GET', target);
      expect(response.statusCode).toBe(200);
      return new WatchStream(response);
    };
    using all = await open(older);
    expect(await all.nextNames(2)).toEqual(['ADDED a', 'ADDED b']);
    using one = await open(`${older}/b`);
    expect(await one.nextNames(1)).toEqual(['ADDED b']);
    expectJson(await cluster.admin.patch(`${path}/a`, 'merge', { data: { x: '1' } }));
    expectJson(await cluster.admin.patch(`${path}/b`, 'merge', { data: { x: '1' } }));
    expect(await one.nextNames(1)).toEqual(['MODIFIED b']);
    expect(await all.nextNames(2)).toEqual(['MODIFIED a', 'MODIFIED b']);
    const other = `${older}/b?fieldSelector=metadata.name%3Da`;
    expect(expectFailure(await cluster.admin.get(other), 400, 'BadRequest').message).toBe(
      "fieldSelector metadata.name doesn't match requested name",
    );
    expectFailure(await cluster.admin.post(older, {}), 405, 'MethodNotAllowed');
  });
});

describe('the initial events', () => {
  const ALL = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  hub.test('of a place in the past are what stands, and a bookmark', async (cluster) => {
    const path = await maps(cluster, ['a']);
    const { resourceVersion } = expectJson(await cluster.admin.get(path)).metadata;
    expectJson(await cluster.admin.post(path, configMap('b')), 201);
    using watch = await cluster.admin.watch(`${path}?${ALL}&resourceVersion=${resourceVersion}`);
    expect(await watch.nextNames(3)).toEqual(['ADDED a', 'ADDED b', 'BOOKMARK']);
  });

  hub.test('that are not wanted do not come', async (cluster) => {
    const path = await maps(cluster, ['a']);
    const query = ALL.replace('=true', '=false');
    using watch = await cluster.admin.watch(`${path}?${query}`);
    expectJson(await cluster.admin.post(path, configMap('b')), 201);
    expect(await watch.nextNames(1)).toEqual(['ADDED b']);
  });

  hub.test('are those of the selector', async (cluster) => {
    const path = await maps(cluster, ['a', 'b']);
    using watch = await cluster.admin.watch(`${path}?${ALL}&fieldSelector=metadata.name%3Db`);
    expect(await watch.nextNames(2)).toEqual(['ADDED b', 'BOOKMARK']);
  });
});
