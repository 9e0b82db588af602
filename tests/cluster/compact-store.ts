import { join } from 'node:path';
import { SqliteDatabase, SqliteStore } from '@hawser/storage-sqlite';
import type { Cluster } from './cluster.ts';

/**
 * Makes the hub forget its past now, which it does by itself every five minutes: stops it, compacts its store up
 * to the newest revision, and starts it again. Resolves when the hub is ready.
 */
export async function forgetThePast(cluster: Cluster): Promise<void> {
  await cluster.service('apiserver').stop();
  {
    await using store = new SqliteStore(new SqliteDatabase(join(cluster.layout.hub.directory, 'state.db')));
    await store.compact(await store.currentRevision());
  }
  cluster.service('apiserver').start();
  await cluster.hubReady();
}
