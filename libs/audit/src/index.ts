export type { OutboxRecord } from '@hawser/storage';
export type { Outbox, PendingRecord } from './outbox.ts';
