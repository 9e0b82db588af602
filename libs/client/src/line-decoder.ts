const NEWLINE = 0x0a;

/** Cuts a byte stream into newline-terminated frames, as a watch sends its events. Blank lines are skipped. */
export class LineDecoder {
  #rest: Uint8Array[] = [];

  /** Takes the next bytes; yields the text of each frame that they complete. */
  *push(chunk: Uint8Array): Generator<string> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.#join(chunk.subarray(start, end));
      start = end + 1;
      if (line.trim() !== '') yield line;
    }
    if (start < chunk.length) this.#rest.push(chunk.subarray(start));
  }

  #join(end: Uint8Array): string {
    const parts = [...this.#rest, end];
    this.#rest = [];
    return Buffer.concat(parts).toString('utf8');
  }
}
