import { INITIAL_WINDOW_BYTES } from './frames.ts';

/** Ways shorter than this count as so long: half a window that is read in less than twice that makes it grow. */
const SHORTEST_RTT_MS = 0.25;

/** What the windows of a session share. */
export class SessionMemory {
  /** Bytes that have come and wait for the readers of their streams. */
  unreadBytes = 0;
  /** By how much windows have grown, together. */
  grownBytes = 0;
  /** The shortest time that an answer of the peer took. */
  rttMs = SHORTEST_RTT_MS;
  readonly maxWindowBytes: number;
  readonly maxUnreadBytes: number;

  constructor(maxWindowBytes: number, maxUnreadBytes: number) {
    this.maxWindowBytes = maxWindowBytes;
    this.maxUnreadBytes = maxUnreadBytes;
  }

  measured(rttMs: number): void {
    this.rttMs = Math.max(
      SHORTEST_RTT_MS,
      this.rttMs === SHORTEST_RTT_MS ? rttMs : Math.min(rttMs, this.rttMs),
    );
  }

  /** Whether a window may grow by so much: all of them together by no more than a quarter of what may wait unread. */
  grow(bytes: number): boolean {
    if (this.grownBytes + bytes > this.maxUnreadBytes / 4) return false;
    this.grownBytes += bytes;
    return true;
  }
}

/**
 * How much a stream's peer may send. It begins with the protocol's 256 KiB and doubles for as long as the window, and
 * not the reader, is what holds the peer back: half of it is read in less than two ways there and back.
 */
export class ReceiveWindow {
  readonly #memory: SessionMemory;
  #sizeBytes = INITIAL_WINDOW_BYTES;
  #leftBytes = INITIAL_WINDOW_BYTES;
  #readBytes = 0;
  #updatedMs = 0;

  constructor(memory: SessionMemory) {
    this.#memory = memory;
  }

  /** So many bytes have come. @returns whether they were allowed. */
  take(bytes: number): boolean {
    this.#leftBytes -= bytes;
    return this.#leftBytes >= 0;
  }

  /** So many bytes were read. @returns by how much the peer's window is to be raised; 0 when not yet. */
  read(bytes: number): number {
    this.#readBytes += bytes;
    if (this.#readBytes * 2 < this.#sizeBytes) return 0;
    const raise = this.#readBytes + this.#growth();
    this.#leftBytes += raise;
    this.#readBytes = 0;
    return raise;
  }

  /** Gives back what it has of the session's memory. */
  release(): void {
    this.#memory.grownBytes -= this.#sizeBytes - INITIAL_WINDOW_BYTES;
    this.#sizeBytes = INITIAL_WINDOW_BYTES;
  }

  #growth(): number {
    const nowMs = performance.now();
    const quick = nowMs - this.#updatedMs < 2 * this.#memory.rttMs;
    this.#updatedMs = nowMs;
    const growth = Math.min(this.#sizeBytes, this.#memory.maxWindowBytes - this.#sizeBytes);
    if (!quick || growth <= 0 || !this.#memory.grow(growth)) return 0;
    this.#sizeBytes += growth;
    return growth;
  }
}
