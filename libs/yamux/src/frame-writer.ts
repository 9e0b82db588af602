import type { Duplex } from 'node:stream';

/** Parts smaller than this are put together; larger ones are written as they are, which is quicker than a copy. */
const SMALL_BYTES = 8192;
/** So much is put together at most. */
const MAX_JOINED_BYTES = 64 * 1024;

/** Writes frames to a connection in few and large pieces, and says when it has had enough. */
export class FrameWriter {
  readonly #transport: Duplex;
  readonly #written: () => void;
  #small: Buffer[] = [];
  #smallBytes = 0;

  /** @param room called when the connection has taken what it was given. */
  constructor(transport: Duplex, room: () => void) {
    this.#transport = transport;
    this.#written = () => {
      if (this.hasRoom) room();
    };
  }

  /**
   * Whether more should be added now. What waits here would delay all that comes after it, and Node copies what waits
   * in several parts: so nothing is added to what the connection has not taken at once.
   */
  get hasRoom(): boolean {
    return this.#transport.writableLength === 0 && this.#smallBytes < MAX_JOINED_BYTES;
  }

  add(part: Buffer): void {
    if (part.length < SMALL_BYTES) {
      this.#small.push(part);
      this.#smallBytes += part.length;
      return;
    }
    this.flush();
    this.#transport.write(part, this.#written);
  }

  /** Hands on what was put together. */
  flush(): void {
    if (this.#smallBytes === 0) return;
    const [small, bytes] = [this.#small, this.#smallBytes];
    this.#small = [];
    this.#smallBytes = 0;
    this.#transport.write(small.length === 1 ? small[0]! : Buffer.concat(small, bytes), this.#written);
  }
}
