import { Code, GrpcError } from './status.ts';

const PREFIX_BYTES = 5;
/** Of a message that comes in parts so much is provided for at first: others announce more than they send. */
const FIRST_BYTES = 128 * 1024;

/** The five bytes before a message of so many bytes: that it is not compressed, and its length. */
export function messagePrefix(length: number): Buffer {
  const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
  prefix[0] = 0;
  prefix.writeUInt32BE(length, 1);
  return prefix;
}

/** Cuts what comes on a stream into messages (gRPC over HTTP/2, "Length-Prefixed-Message"). */
export class MessageReader {
  readonly #maxBytes: number;
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #prefixed = 0;
  /** The message that is being read: the first bytes of a buffer that grows with it. */
  #message: Buffer = Buffer.alloc(0);
  #length = 0;
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether the last message is whole. */
  get complete(): boolean {
    return this.#prefixed === 0;
  }

  /**
   * Hands on every message that is whole now: a part of the piece where it is all in it, or a copy.
   * @throws GrpcError on one that is compressed or too large.
   */
  push(piece: Buffer, take: (message: Buffer) => void): void {
    for (let at = 0; at < piece.length; ) {
      if (this.#prefixed < PREFIX_BYTES) {
        this.#prefix[this.#prefixed++] = piece[at++]!;
        if (this.#prefixed < PREFIX_BYTES) continue;
        const length = this.#lengthOf();
        if (piece.length - at < length) {
          this.#message = Buffer.allocUnsafeSlow(Math.min(length, FIRST_BYTES));
          this.#length = length;
          this.#size = 0;
          continue;
        }
        this.#prefixed = 0;
        at += length;
        take(piece.subarray(at - length, at));
        continue;
      }
      at += this.#fill(piece, at, take);
    }
  }

  #fill(piece: Buffer, at: number, take: (message: Buffer) => void): number {
    if (this.#size === this.#message.length) this.#grow();
    const size = Math.min(this.#message.length - this.#size, piece.length - at);
    piece.copy(this.#message, this.#size, at, at + size);
    this.#size += size;
    if (this.#size === this.#length) {
      const message = this.#message;
      this.#message = Buffer.alloc(0);
      this.#prefixed = 0;
      take(message);
    }
    return size;
  }

  #grow(): void {
    const larger = Buffer.allocUnsafeSlow(Math.min(2 * this.#size, this.#length));
    this.#message.copy(larger, 0, 0, this.#size);
    this.#message = larger;
  }

  #lengthOf(): number {
    if (this.#prefix[0] !== 0)
      throw new GrpcError({
        code: Code.unimplemented,
        message: 'grpc: compressed messages are not supported',
      });
    const length = this.#prefix.readUInt32BE(1);
    if (length <= this.#maxBytes) return length;
    const message = `grpc: received message larger than max (${length} vs. ${this.#maxBytes})`;
    throw new GrpcError({ code: Code.resourceExhausted, message });
  }
}
