import type { Duplex } from 'node:stream';

/** Parts smaller than this are put together; larger ones are written as they are, which is quicker than a copy. */
const SMALL_BYTES = 8192;
/** So much waits for the connection at most: what is queued here delays whatever comes after it. */
const QUEUE_BYTES = 256 * 1024;

/** Writes frames to a connection in few and large pieces, and says when it has had enough. */
export class FrameWriter {
  readonly #transport: Duplex;
  #small: Buffer[] = [];
  #smallBytes = 0;

  constructor(transport: Duplex) {
    this.#transport = transport;
  }

  /** Whether more should be added now; if not, the connection's `drain` will say when. */
  get hasRoom(): boolean {
    return this.#transport.writableLength + this.#smallBytes < QUEUE_BYTES;
  }

  add(part: Buffer): void {
    if (part.length < SMALL_BYTES) {
      this.#small.push(part);
      this.#smallBytes += part.length;
      return;
    }
    this.flush();
    this.#transport.write(part);
  }

  /** Hands on what was put together. */
  flush(): void {
    if (this.#smallBytes === 0) return;
    const [small, bytes] = [this.#small, this.#smallBytes];
    this.#small = [];
    this.#smallBytes = 0;
    this.#transport.write(small.length === 1 ? small[0]! : Buffer.concat(small, bytes));
  }
}
