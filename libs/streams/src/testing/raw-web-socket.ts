import type { Duplex } from 'node:stream';
import type { UpgradeRequest } from '../upgrade/upgrade-request.ts';
import { Opcode, unmask } from '../websocket/web-socket-frames.ts';

/** A frame that the server sent. */
export interface ReceivedFrame {
  readonly opcode: number;
  readonly data: Buffer;
}

/** What a client asks for with its handshake. */
export function webSocketRequest(protocols: readonly string[], url = '/'): UpgradeRequest {
  const offers = protocols.length === 0 ? {} : { 'sec-websocket-protocol': protocols.join(', ') };
  return {
    method: 'GET',
    url,
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...offers,
    },
  };
}

export interface FrameOptions {
  readonly fin?: boolean;
  readonly opcode?: number;
  readonly masked?: boolean;
}

/** A frame as a client sends it. */
export function clientFrame(
  data: Buffer,
  { fin = true, opcode = Opcode.binary, masked = true }: FrameOptions = {},
): Buffer {
  const head = Buffer.alloc(2 + (data.length > 0xffff ? 8 : data.length > 125 ? 2 : 0));
  head[0] = (fin ? 0x80 : 0) | opcode;
  head[1] = (masked ? 0x80 : 0) | (head.length === 10 ? 127 : head.length === 4 ? 126 : data.length);
  if (head.length === 4) head.writeUInt16BE(data.length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(data.length), 2);
  if (!masked) return Buffer.concat([head, data]);
  const mask = Buffer.from([0x12, 0x34, 0x56, 0x78]);
  const payload = Buffer.from(data);
  unmask(payload, mask, 0);
  return Buffer.concat([head, mask, payload]);
}

/** A client of WebSocket that does nothing by itself: it answers neither Ping nor Close, and checks nothing. */
export class RawWebSocket {
  /** The answer to the handshake. */
  readonly answer: Promise<string>;
  readonly frames: ReceivedFrame[] = [];
  #text = Promise.withResolvers<string>();
  #bytes: Buffer = Buffer.alloc(0);
  #open = false;
  #changed = Promise.withResolvers<void>();
  ended = false;

  constructor(readonly socket: Duplex) {
    this.answer = this.#text.promise;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => {});
    for (const event of ['end', 'close'])
      socket.on(event, () => {
        this.ended = true;
        this.#changed.resolve();
      });
  }

  send(data: Buffer | string, options?: FrameOptions): boolean {
    return this.socket.write(clientFrame(Buffer.from(data), options));
  }

  /** Sends on a channel of a binary protocol. */
  sendOn(channel: number, data: Buffer | string = ''): boolean {
    return this.send(Buffer.concat([Buffer.from([channel]), Buffer.from(data)]));
  }

  /** Sends Close, as the answer to the server's. */
  close(code = 1000): void {
    this.send(Buffer.from([code >> 8, code & 0xff]), { opcode: Opcode.close });
  }

  /** All that came on a channel of a binary protocol. */
  on(channel: number): Buffer {
    const messages = this.frames.filter(
      ({ opcode, data }) => opcode === Opcode.binary && data[0] === channel,
    );
    return Buffer.concat(messages.map(({ data }) => data.subarray(1)));
  }

  /** The code of the server's Close. */
  get closeCode(): number | undefined {
    return this.frames.find(({ opcode }) => opcode === Opcode.close)?.data.readUInt16BE(0);
  }

  /** Waits until something is so. @throws when the connection ends before. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.ended) throw new Error('the connection has ended');
      await this.#changed.promise;
      this.#changed = Promise.withResolvers<void>();
    }
  }

  #read(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (!this.#open) {
      const end = this.#bytes.indexOf('\r\n\r\n');
      if (end === -1) return;
      this.#open = true;
      this.#text.resolve(this.#bytes.subarray(0, end).toString());
      this.#bytes = this.#bytes.subarray(end + 4);
    }
    while (this.#take());
    this.#changed.resolve();
  }

  #take(): boolean {
    const bytes = this.#bytes;
    if (bytes.length < 2) return false;
    const short = bytes[1]!;
    const headBytes = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (bytes.length < headBytes) return false;
    const length =
      short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
    if (bytes.length < headBytes + length) return false;
    const data = bytes.subarray(headBytes, headBytes + length);
    this.frames.push({ opcode: bytes[0]! & 0x0f, data });
    this.#bytes = bytes.subarray(headBytes + length);
    return true;
  }
}

/** What a client of SPDY asks for. */
export function spdyRequest(protocols: readonly string[]): UpgradeRequest {
  const offers = protocols.length === 0 ? {} : { 'x-stream-protocol-version': protocols.join(', ') };
  return { method: 'POST', url: '/', headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1', ...offers } };
}
