/** Pieces smaller than this are put together: a buffer of its own for each would weigh more than what it holds. */
const SMALL_BYTES = 2048;
const BLOCK_BYTES = 8192;

/**
 * What came for a stream and waits for its reader. Nothing else should wait behind it, or small pieces would be taken
 * out one by one and wait there as such. What is kept is no more than about twice what it holds, however
 * small the pieces: views of large chunks would keep all of each chunk alive.
 */
export class ReceiveQueue {
  #pieces: Buffer[] = [];
  #first = 0;
  /** The block that small pieces are put in, and how full it is; it becomes a piece when it is full or taken. */
  #block: Buffer | undefined;
  #blockBytes = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(piece: Buffer): void {
    this.#bytes += piece.length;
    if (piece.length < SMALL_BYTES) return void this.#addSmall(piece);
    this.#endBlock();
    const pinned = piece.buffer.byteLength > 2 * piece.length;
    this.#pieces.push(pinned ? Buffer.from(piece) : piece);
  }

  /** @returns what came first of what is left. */
  take(): Buffer | undefined {
    const piece = this.#first < this.#pieces.length ? this.#pieces[this.#first]! : this.#takeBlock();
    if (piece === undefined) return undefined;
    this.#bytes -= piece.length;
    if (this.#first === this.#pieces.length) return piece;
    this.#first += 1;
    if (this.#first === this.#pieces.length) {
      this.#pieces = [];
      this.#first = 0;
    }
    return piece;
  }

  clear(): void {
    this.#pieces = [];
    this.#first = 0;
    this.#block = undefined;
    this.#blockBytes = 0;
    this.#bytes = 0;
  }

  #addSmall(piece: Buffer): void {
    if (this.#blockBytes + piece.length > BLOCK_BYTES) this.#endBlock();
    this.#block ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.#blockBytes += piece.copy(this.#block, this.#blockBytes);
  }

  #endBlock(): void {
    const piece = this.#takeBlock();
    if (piece !== undefined) this.#pieces.push(piece);
  }

  /** What the block holds: a copy where that is little, and the block goes on being filled. */
  #takeBlock(): Buffer | undefined {
    if (this.#block === undefined || this.#blockBytes === 0) return undefined;
    const piece = this.#block.subarray(0, this.#blockBytes);
    this.#blockBytes = 0;
    if (piece.length * 2 < BLOCK_BYTES) return Buffer.from(piece);
    this.#block = undefined;
    return piece;
  }
}
