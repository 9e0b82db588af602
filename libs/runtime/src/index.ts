export { aborted, unlessAborted } from './aborted.ts';
export { writeFileAtomic } from './atomic-file.ts';
export { Backoff, type BackoffOptions } from './backoff.ts';
export { type Clock, every, FakeClock, sleep, systemClock } from './clock.ts';
export { ReceiveQueue } from './receive-queue.ts';
export { ShutdownError, shutdownSignal } from './shutdown.ts';
export { WorkQueue, type WorkQueueOptions } from './work-queue.ts';
