/** The contract that every Store keeps, as a suite: an adapter runs it on itself. */
import { describe, expect, test } from 'bun:test';
import { type Change, CompactedError, type Store } from './store.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | null | undefined) => (value ? new TextDecoder().decode(value) : value);

/** Declares the suite; `open` gives an empty store of its own to each test. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  const it = (behaviour: string, body: (store: Store) => Promise<void>) =>
    test(behaviour, async () => {
      await using store = await open();
      await body(store);
    });
  const put = async (store: Store, key: string, value: string, expectedRevision = 0) => {
    const result = await store.commit({ key, value: bytes(value), expectedRevision });
    if (!result.committed) throw new Error(`write to ${key} did not apply`);
    return result.revision;
  };

  describe(name, () => {
    it('gives each write the next revision, and the value back', async (store) => {
      expect(await store.currentRevision()).toBe(0);
      expect(await put(store, '/a', 'one')).toBe(1);
      expect(await put(store, '/b', 'two')).toBe(2);
      expect(await store.currentRevision()).toBe(2);
      const value = await store.get('/a');
      expect([text(value?.value), value?.revision]).toEqual(['one', 1]);
    });

    it('refuses a write whose key stands elsewhere, and says where', async (store) => {
      await put(store, '/a', 'one');
      const created = await store.commit({ key: '/a', value: bytes('x'), expectedRevision: 0 });
      expect(created).toMatchObject({ committed: false, current: { revision: 1 } });
      const updated = await store.commit({ key: '/a', value: bytes('x'), expectedRevision: 7 });
      expect(updated.committed).toBe(false);
      const missing = await store.commit({ key: '/z', value: null, expectedRevision: 3 });
      expect(missing).toEqual({ committed: false, current: undefined });
      expect(await store.currentRevision()).toBe(1);
    });

    it('lets one of many racing writers win', async (store) => {
      const revision = await put(store, '/a', 'start');
      const racers = Array.from({ length: 20 }, (_, i) =>
        store.commit({ key: '/a', value: bytes(`w${i}`), expectedRevision: revision }),
      );
      const results = await Promise.all(racers);
      expect(results.filter((r) => r.committed)).toHaveLength(1);
    });

    it('deletes, and lets the key be created anew', async (store) => {
      const revision = await put(store, '/a', 'one');
      await store.commit({ key: '/a', value: null, expectedRevision: revision });
      expect(await store.get('/a')).toBeUndefined();
      expect(await put(store, '/a', 'again')).toBe(3);
    });

    it('lists by prefix in key order, in pages, as of a revision', async (store) => {
      for (const key of ['/p/c', '/p/a', '/q/x', '/p/b']) await put(store, key, key);
      const revision = await store.currentRevision();
      await put(store, '/p/a2', 'later');
      const first = await store.list({ prefix: '/p/', limit: 2, revision });
      expect(first.values.map((v) => v.key)).toEqual(['/p/a', '/p/b']);
      expect([first.revision, first.remaining]).toEqual([revision, 1]);
      const rest = await store.list({ prefix: '/p/', limit: 2, after: '/p/b', revision });
      expect(rest.values.map((v) => v.key)).toEqual(['/p/c']);
      expect(rest.remaining).toBe(0);
      expect((await store.list({ prefix: '/p/' })).values).toHaveLength(4);
      expect((await store.list({ prefix: '/q/', after: '/p/a', revision })).values.map((v) => v.key)).toEqual(
        ['/q/x'],
      );
    });

    it('takes keys with wildcard characters for what they are', async (store) => {
      await put(store, '/p_/a', 'x');
      await put(store, '/pq/a', 'y');
      await put(store, '/p%/a', 'z');
      expect((await store.list({ prefix: '/p_/' })).values.map((v) => v.key)).toEqual(['/p_/a']);
    });

    it('shows subscribers every change in order, from any position, before the writer hears', async (store) => {
      const revision = await put(store, '/a', 'one');
      await put(store, '/a', 'two', revision);
      const seen: Change[] = [];
      using _subscription = store.subscribe(1, (changes) => seen.push(...changes));
      await put(store, '/b', 'three');
      await store.commit({ key: '/a', value: null, expectedRevision: 2 });
      expect(seen.map((c) => [c.revision, c.key, text(c.value)])).toEqual([
        [2, '/a', 'two'],
        [3, '/b', 'three'],
        [4, '/a', null],
      ]);
    });

    it('stops calling a subscriber that is disposed', async (store) => {
      const seen: Change[] = [];
      store.subscribe(0, (changes) => seen.push(...changes))[Symbol.dispose]();
      await put(store, '/a', 'one');
      expect(seen).toEqual([]);
    });

    it('keeps what stands after a compaction and refuses what is gone', async (store) => {
      const first = await put(store, '/a', 'one');
      const second = await put(store, '/a', 'two', first);
      await put(store, '/b', 'b');
      await store.compact(second);
      expect(text((await store.get('/a'))?.value)).toBe('two');
      expect((await store.list({ prefix: '/', revision: second })).values).toHaveLength(1);
      expect(store.list({ prefix: '/', revision: first })).rejects.toBeInstanceOf(CompactedError);
      expect(() => store.subscribe(first, () => {})).toThrow(CompactedError);
      const seen: Change[] = [];
      store.subscribe(second, (changes) => seen.push(...changes))[Symbol.dispose]();
      expect(seen.map((c) => c.key)).toEqual(['/b']);
    });
  });
}
