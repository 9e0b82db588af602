import type { Duplex } from 'node:stream';

/** No message is near this, tokens included. */
const MAX_LINE_BYTES = 64 * 1024;
/** So much may wait for a peer that does not read. */
const MAX_BACKLOG_BYTES = 256 * 1024;

/** A message by its `type`. Types and fields that are not known are passed over, so that either side can be newer. */
export interface ControlMessage {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The first stream of a link: JSON objects, one a line, both ways. */
export class ControlChannel {
  readonly #stream: Duplex;
  /** What has come of a line that is not whole: the first bytes of a buffer that grows with it. */
  #line: Buffer = Buffer.alloc(0);
  #lineBytes = 0;

  /**
   * @param heard called for each message.
   * @param lost called once, when there will be no more: with the reason, where the peer has said what is none, or was
   * lost.
   */
  constructor(stream: Duplex, heard: (message: ControlMessage) => void, lost: (reason?: Error) => void) {
    this.#stream = stream;
    const end = (reason?: Error) => {
      stream.off('data', onData);
      lost(reason);
    };
    const onData = (chunk: Buffer) => {
      try {
        for (const message of this.#take(chunk)) heard(message);
      } catch (error) {
        stream.destroy(error as Error);
      }
    };
    stream.on('data', onData);
    stream.on('end', () => stream.end());
    stream.once('close', () => end(stream.errored ?? undefined));
    if (stream.destroyed) queueMicrotask(() => end(stream.errored ?? undefined));
  }

  send(message: ControlMessage): void {
    if (!this.#stream.writable) return;
    this.#stream.write(`${JSON.stringify(message)}\n`);
    if (this.#stream.writableLength > MAX_BACKLOG_BYTES)
      this.#stream.destroy(new Error('the control messages are not read'));
  }

  /** Says a last message. @returns when it is on its way. */
  sendLast(message: ControlMessage): Promise<void> {
    const stream = this.#stream;
    return new Promise((resolve) => {
      stream.once('finish', resolve).once('close', resolve);
      this.send(message);
      stream.end();
      if (stream.destroyed) resolve();
    });
  }

  *#take(chunk: Buffer): Generator<ControlMessage> {
    let rest = chunk;
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      this.#keep(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
      const message = parse(this.#line.toString('utf8', 0, this.#lineBytes));
      this.#lineBytes = 0;
      yield message;
    }
    this.#keep(rest);
  }

  /** However small the parts are in which a line comes, they are copied about once. */
  #keep(part: Buffer): void {
    const bytes = this.#lineBytes + part.length;
    if (bytes > MAX_LINE_BYTES) throw new Error('a control message is too long');
    if (bytes > this.#line.length) {
      const larger = Buffer.allocUnsafeSlow(2 * bytes);
      this.#line.copy(larger, 0, 0, this.#lineBytes);
      this.#line = larger;
    }
    this.#lineBytes += part.copy(this.#line, this.#lineBytes);
  }
}

function parse(line: string): ControlMessage {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    throw new Error('a control message is not JSON');
  }
  if (typeof message !== 'object' || message === null || typeof (message as ControlMessage).type !== 'string')
    throw new Error('a control message has no type');
  return message as ControlMessage;
}
