import type { Readable } from 'node:stream';
import { parseTerminalSize, type TerminalSize } from './remote-command-streams.ts';

/** No terminal size needs more text than this. */
const MAX_TEXT = 1024;

/** Turns the bytes of a resize stream, one JSON object after another, into sizes; the newest waits for a listener. */
export class ResizeReader {
  #listener: ((size: TerminalSize) => void) | undefined;
  #newest: TerminalSize | undefined;
  #text = '';

  constructor(stream: Readable) {
    stream.on('data', (chunk: Buffer) => this.#read(chunk.toString()));
    stream.on('error', () => {});
  }

  onResize(listener: (size: TerminalSize) => void): void {
    this.#listener = listener;
    if (this.#newest !== undefined) listener(this.#newest);
  }

  #read(text: string): void {
    this.#text = (this.#text + text).slice(-MAX_TEXT);
    for (let end = this.#text.indexOf('}'); end !== -1; end = this.#text.indexOf('}')) {
      const size = parseTerminalSize(this.#text.slice(0, end + 1));
      this.#text = this.#text.slice(end + 1);
      if (size === undefined) continue;
      this.#newest = size;
      this.#listener?.(size);
    }
  }
}
