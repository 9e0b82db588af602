import { Database } from 'bun:sqlite';
import { join } from 'node:path';
import type { HomeLayout } from '@hawser/config';
import type { Json } from './wire-client.ts';

export interface OutboxRow {
  readonly id: string;
  readonly subject: string;
  /** The `audit.k8s.io/v1` Event, or the CloudEvent. */
  readonly event: Json;
}

export function stateFile(layout: HomeLayout): string {
  return join(layout.hub.directory, 'state.db');
}

/** The audit events that wait in the hub's outbox, oldest first. Opens the file read-only, beside the hub. */
export function readOutbox(layout: HomeLayout): OutboxRow[] {
  return readOutboxFile(stateFile(layout));
}

/** What waits in a service's outbox, oldest first. Opens the file read-only, beside the service. */
export function readOutboxFile(path: string): OutboxRow[] {
  using database = new Database(path, { readonly: true });
  const rows = database
    .query<{ id: string; subject: string; body: string }, []>(
      'SELECT id, subject, body FROM outbox ORDER BY sequence',
    )
    .all();
  return rows.map(({ id, subject, body }) => ({ id, subject, event: JSON.parse(body) }));
}

/** Everything stored under keys that begin so, as bytes, whatever its revision. */
export function readStored(layout: HomeLayout, keyPrefix: string): Buffer[] {
  using database = new Database(stateFile(layout), { readonly: true });
  const rows = database
    .query<{ value: Uint8Array | null }, [string, string]>(
      'SELECT value FROM revisions WHERE key >= ? AND key < ?',
    )
    .all(keyPrefix, `${keyPrefix}\uffff`);
  return rows.flatMap(({ value }) => (value === null ? [] : [Buffer.from(value)]));
}
