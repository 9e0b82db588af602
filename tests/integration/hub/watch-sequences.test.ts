import { describe, expect } from 'bun:test';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectJson } from '../../cluster/expectations.ts';
import { configMap } from '../../cluster/objects.ts';
import type { SeenEvent, WatchStream } from '../../cluster/watch-stream.ts';

const hub = shareCluster();
const NAMES = ['a', 'b', 'c', 'd', 'e'];
const WRITERS = 4;
const ROUNDS = 120;

interface Told {
  readonly type: string;
  readonly name: string;
  readonly revision: number;
  readonly app: string | undefined;
}

interface Wish {
  readonly query: string;
  readonly wants: (told: Told) => boolean;
}

const WISHES: readonly Wish[] = [
  { query: '', wants: () => true },
  { query: 'labelSelector=app%3Dx', wants: ({ app }) => app === 'x' },
  { query: 'labelSelector=app!%3Dx', wants: ({ app }) => app !== 'x' },
  { query: 'labelSelector=!app', wants: ({ app }) => app === undefined },
  { query: 'fieldSelector=metadata.name%3Db', wants: ({ name }) => name === 'b' },
  {
    query: 'labelSelector=app%3Dx&fieldSelector=metadata.name%3Dc',
    wants: ({ name, app }) => name === 'c' && app === 'x',
  },
];

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

function toldOf({ type, object }: SeenEvent): Told {
  const { metadata } = object.kind === 'Table' ? object.rows[0].object : object;
  const { name, resourceVersion, labels } = metadata;
  return { type, name, revision: Number(resourceVersion), app: labels?.app };
}

/** What a watcher with a wish is to be told of all that happened, from a revision on. */
function expected(log: readonly Told[], { wants }: Wish, from: number): string[] {
  const wanted = new Set<string>();
  const lines: string[] = [];
  for (const told of log) {
    const was = wanted.has(told.name);
    const is = told.type !== 'DELETED' && wants(told);
    if (is) wanted.add(told.name);
    else wanted.delete(told.name);
    if (told.revision <= from || (!was && !is)) continue;
    lines.push(`${is ? (was ? 'MODIFIED' : 'ADDED') : 'DELETED'} ${told.name} ${told.revision}`);
  }
  return lines;
}

/** Creates, changes, relabels and deletes a few objects, several at once; many of its writes meet each other. */
async function write(
  cluster: Cluster,
  path: string,
  writer: number,
  acknowledged: (at: number) => Promise<void>,
) {
  const { admin } = cluster;
  for (let round = 0; round < ROUNDS; round += 1) {
    const dice = (round * 7 + writer * 5 + ((round * round) % 11)) % 10;
    const name = NAMES[(round * 3 + writer) % NAMES.length]!;
    const app = [null, 'x', 'y'][(round + writer) % 3];
    const metadata = { labels: { app } };
    const answer =
      dice < 3
        ? await admin.post(path, configMap(name, { padding: 'p'.repeat(round * 100) }, app ? metadata : {}))
        : dice < 8
          ? await admin.patch(`${path}/${name}`, 'merge', {
              metadata,
              data: { writer: `${writer} ${round}` },
            })
          : await admin.delete(`${path}/${name}`);
    expect([200, 201, 404, 409]).toContain(answer.status);
    const { resourceVersion } = answer.json.metadata ?? {};
    if (answer.status < 300 && resourceVersion) await acknowledged(Number(resourceVersion));
  }
}

describe('watchers', () => {
  hub.test(
    'are told exactly what happened from where they begin, whatever they select and whenever they come',
    async (cluster) => {
      const { admin } = cluster;
      const path = `/api/v1/namespaces/${await cluster.namespace()}/configmaps`;
      const start = Number(expectJson(await admin.get(path)).metadata.resourceVersion);
      using all = await admin.watch(`${path}?resourceVersion=${start}`);
      const revisions = [start];
      const watchers: { wish: Wish; from: number; stream: WatchStream }[] = [];
      const open = async (from: number) => {
        const wish = WISHES[watchers.length % WISHES.length]!;
        const headers = { accept: watchers.length % 4 === 0 ? TABLE : 'application/json' };
        const query = `resourceVersion=${from}&${wish.query}`;
        watchers.push({ wish, from, stream: await admin.watch(`${path}?${query}`, headers) });
      };
      const acknowledged = async (revision: number) => {
        revisions.push(revision);
        if (revisions.length % 8 !== 0) return;
        await open(revision);
        await open(revisions[Math.floor(revisions.length / 3)]!);
      };
      await Promise.all(
        Array.from({ length: WRITERS }, (_, writer) => write(cluster, path, writer, acknowledged)),
      );
      expectJson(await admin.post(path, configMap('end')), 201);
      const log = (await all.until(({ object }) => object.metadata.name === 'end')).map(toldOf);
      const seen = new Set(log.map(({ revision }) => revision));
      expect(revisions.filter((revision) => revision > start && !seen.has(revision))).toEqual([]);
      expect(watchers.length).toBeGreaterThan(40);
      for (const { wish, from, stream } of watchers) {
        const lines = expected(log, wish, from);
        const told: string[] = [];
        while (told.length < lines.length) {
          const { type, name, revision } = toldOf(await stream.next());
          told.push(`${type} ${name} ${revision}`);
        }
        expect({ wish, from, told }).toEqual({ wish, from, told: lines });
        stream[Symbol.dispose]();
      }
    },
  );
});
