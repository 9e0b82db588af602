import { CloseCode, WebSocketError } from './web-socket-error.ts';

/** Kinds of frames (RFC 6455, section 5.2). */
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const FIN = 0x80;
const RESERVED = 0x70;
const OPCODE = 0x0f;
const CONTROL = 0x08;
const MASKED = 0x80;
const LENGTH = 0x7f;
const MAX_CONTROL_BYTES = 125;
const MASK_BYTES = 4;

/** Part of a message: as much of it as has come. */
export interface MessagePiece {
  readonly data: Buffer;
  /** Whether the message ends with it. */
  readonly last: boolean;
}

export interface WebSocketHandler {
  message(piece: MessagePiece): void;
  /** @param opcode of Close, Ping or Pong. */
  control(opcode: number, data: Buffer): void;
}

/** A frame whose payload is being read. */
interface OpenFrame {
  readonly opcode: number;
  readonly last: boolean;
  readonly mask: Buffer;
  left: number;
  /** How much of the payload has been read, for the mask goes on where it was. */
  read: number;
}

/**
 * Cuts what a client sends into messages. They are handed on as they come, so that their size does not matter; only
 * control frames, which are small, wait until they are whole.
 */
export class WebSocketReader {
  #kept: Buffer = Buffer.alloc(0);
  #open: OpenFrame | undefined;
  #inMessage = false;

  constructor(private readonly handler: WebSocketHandler) {}

  /** @param chunk is written over when it is unmasked. @throws WebSocketError on what no client may send. */
  push(chunk: Buffer): void {
    let rest = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    this.#kept = rest.subarray(0, 0);
    for (let used = 1; used > 0; rest = rest.subarray(used))
      used = this.#open === undefined ? this.#takeHead(rest) : this.#takePayload(rest, this.#open);
    this.#kept = rest;
  }

  /** @returns how many bytes were used; 0 when more are needed. */
  #takeHead(bytes: Buffer): number {
    if (bytes.length < 2) return 0;
    const [first, second] = [bytes[0]!, bytes[1]!];
    const opcode = first & OPCODE;
    this.#check(first, second, opcode);
    const short = second & LENGTH;
    const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
    const headBytes = 2 + lengthBytes + MASK_BYTES;
    if (bytes.length < headBytes) return 0;
    const left = lengthBytes === 0 ? short : lengthBytes === 2 ? bytes.readUInt16BE(2) : longAt(bytes, 2);
    // A copy: what it was cut from is written over.
    const mask = Buffer.from(bytes.subarray(headBytes - MASK_BYTES, headBytes));
    const last = (first & FIN) !== 0;
    if ((opcode & CONTROL) === 0) this.#inMessage = !last;
    this.#open = { opcode, last, mask, left, read: 0 };
    if (left === 0) this.#takePayload(bytes.subarray(0, 0), this.#open);
    return headBytes;
  }

  #check(first: number, second: number, opcode: number): void {
    const fault = (text: string) => new WebSocketError(CloseCode.protocolError, text);
    if ((first & RESERVED) !== 0) throw fault('reserved bits are set');
    if ((second & MASKED) === 0) throw fault('a frame is not masked');
    if ((opcode & CONTROL) !== 0) {
      if (opcode > Opcode.pong) throw fault(`unknown opcode ${opcode}`);
      if ((first & FIN) === 0 || (second & LENGTH) > MAX_CONTROL_BYTES)
        throw fault('a control frame is too long');
    } else if (opcode > Opcode.binary) throw fault(`unknown opcode ${opcode}`);
    else if ((opcode === Opcode.continuation) !== this.#inMessage)
      throw fault(this.#inMessage ? 'a message begins inside another' : 'nothing is there to be continued');
  }

  #takePayload(bytes: Buffer, open: OpenFrame): number {
    const control = (open.opcode & CONTROL) !== 0;
    if (bytes.length === 0 && open.left > 0) return 0;
    if (control && bytes.length < open.left) return 0;
    const data = bytes.subarray(0, open.left);
    unmask(data, open.mask, open.read);
    open.left -= data.length;
    open.read += data.length;
    const whole = open.left === 0;
    if (whole) this.#open = undefined;
    if (control) this.handler.control(open.opcode, data);
    else if (data.length > 0 || open.last) this.handler.message({ data, last: whole && open.last });
    return data.length;
  }
}

/** The head of a frame that a server sends, which is a whole message. */
export function frameHead(opcode: number, length: number): Buffer {
  const extra = length > 0xffff ? 8 : length > MAX_CONTROL_BYTES ? 2 : 0;
  const head = Buffer.alloc(2 + extra);
  head[0] = FIN | opcode;
  head[1] = extra === 8 ? 127 : extra === 2 ? 126 : length;
  if (extra === 2) head.writeUInt16BE(length, 2);
  if (extra === 8) head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

function longAt(bytes: Buffer, offset: number): number {
  const length = bytes.readBigUInt64BE(offset);
  if (length > BigInt(Number.MAX_SAFE_INTEGER))
    throw new WebSocketError(CloseCode.tooBig, 'a frame is too long');
  return Number(length);
}

/** In place. @param from where in the frame's payload the data begins. */
export function unmask(data: Buffer, mask: Buffer, from: number): void {
  // Word by word where the memory's alignment allows it: byte by byte takes four times as long.
  const lead = Math.min(data.length, (4 - (data.byteOffset % 4)) % 4);
  unmaskBytes(data.subarray(0, lead), 0, mask, from);
  const wordCount = (data.length - lead) >>> 2;
  if (wordCount === 0) return void unmaskBytes(data, lead, mask, from);
  const words = new Int32Array(data.buffer, data.byteOffset + lead, wordCount);
  const turned = Buffer.from([0, 1, 2, 3].map((i) => mask[(from + lead + i) & 3]!));
  const word = new Int32Array(turned.buffer.slice(turned.byteOffset, turned.byteOffset + 4))[0]!;
  for (let i = 0; i < words.length; i += 1) words[i]! ^= word;
  unmaskBytes(data, lead + wordCount * 4, mask, from);
}

function unmaskBytes(data: Buffer, begin: number, mask: Buffer, from: number): void {
  for (let i = begin; i < data.length; i += 1) data[i]! ^= mask[(from + i) & 3]!;
}
