import type { Duplex } from 'node:stream';
import { FRAME_HEAD_BYTES, writeFrameHead } from './frame.ts';

/**
 * Frames are put together to pieces of this size: one write for many small frames, and few system calls and TLS records
 * for large ones. Copying costs less than either.
 */
const BATCH_BYTES = 128 * 1024;
/** So much may wait for the connection before data does; other frames do not wait. */
const HIGH_WATER_BYTES = 512 * 1024;

/** Writes frames to a connection, those of one turn of the event loop together. */
export class FrameWriter {
  readonly #connection: Duplex;
  readonly #onDrain: () => void;
  #batch = Buffer.allocUnsafeSlow(0);
  #used = 0;
  #waiting = 0;
  #scheduled = false;
  #held = false;

  /** @param onDrain called when data may be written again after it might not. */
  constructor(connection: Duplex, onDrain: () => void) {
    this.#connection = connection;
    this.#onDrain = onDrain;
  }

  /** Whether data should wait. */
  get full(): boolean {
    const full = this.waitingBytes >= HIGH_WATER_BYTES;
    this.#held ||= full;
    return full;
  }

  /** What the connection has not taken yet. */
  get waitingBytes(): number {
    return this.#waiting + this.#used;
  }

  /** @param parts the payload, which is copied. */
  write(type: number, flags: number, streamId: number, ...parts: readonly Buffer[]): void {
    let length = 0;
    for (const part of parts) length += part.length;
    this.#room();
    writeFrameHead(this.#batch, this.#used, length, type, flags, streamId);
    this.#used += FRAME_HEAD_BYTES;
    for (const part of parts) this.#copy(part);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Writes what stands. */
  flush(): void {
    if (this.#used === 0) return;
    const size = this.#used;
    const bytes = this.#batch.subarray(0, size);
    // What is left of a batch serves the next: most carry one small frame.
    this.#batch = this.#batch.subarray(size);
    this.#used = 0;
    if (this.#connection.destroyed || this.#connection.writableEnded) return;
    this.#waiting += size;
    this.#connection.write(bytes, () => this.#taken(size));
  }

  #taken(size: number): void {
    this.#waiting -= size;
    if (!this.#held || this.#waiting >= HIGH_WATER_BYTES / 2) return;
    this.#held = false;
    this.#onDrain();
  }

  #copy(part: Buffer): void {
    for (let at = 0; at < part.length; ) {
      if (this.#used === this.#batch.length) {
        this.flush();
        this.#room();
      }
      const size = Math.min(part.length - at, this.#batch.length - this.#used);
      part.copy(this.#batch, this.#used, at, at + size);
      this.#used += size;
      at += size;
    }
  }

  /** A new batch where there is no room for the head of a frame. */
  #room(): void {
    if (this.#batch.length - this.#used >= FRAME_HEAD_BYTES) return;
    this.flush();
    this.#batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
  }
}
