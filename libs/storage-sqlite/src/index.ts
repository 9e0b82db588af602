export { SqliteDatabase } from './database.ts';
export { SqliteOutbox } from './sqlite-outbox.ts';
export { SqliteStore } from './sqlite-store.ts';
