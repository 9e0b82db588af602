import { CloseCode, WebSocketError } from './web-socket-error.ts';
import type { MessagePiece } from './web-socket-frames.ts';

/** How messages of a `*.channel.k8s.io` protocol carry bytes: as they are, or as text for clients that have no binary. */
export type ChannelForm = 'binary' | 'base64';

/** A part of a message, with the channel that it belongs to. */
export interface ChannelPiece extends MessagePiece {
  readonly channel: number;
}

const CODE_ZERO = '0'.charCodeAt(0);
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * What a message consists of (`streaming/pkg/httpstream/wsstream`): one byte with the channel's number before the
 * data, or its digit before the data in base64.
 */
export function encodeChannelMessage(form: ChannelForm, channel: number, data: Buffer): readonly Buffer[] {
  if (form === 'binary') return [Buffer.from([channel]), data];
  return [Buffer.from(String.fromCharCode(CODE_ZERO + channel) + data.toString('base64'))];
}

/** Finds the channel of each message and its data, piece by piece. */
export class ChannelDecoder {
  readonly #form: ChannelForm;
  #channel: number | undefined;
  /** Base64 whose group of four is not whole yet. */
  #text = '';

  constructor(form: ChannelForm) {
    this.#form = form;
  }

  /** @returns undefined while it is not known which channel it is of. @throws WebSocketError on what is no base64. */
  decode({ data, last }: MessagePiece): ChannelPiece | undefined {
    let rest = data;
    if (this.#channel === undefined && rest.length > 0) {
      this.#channel = this.#form === 'binary' ? rest[0]! : (rest[0]! - CODE_ZERO) & 0xff;
      rest = rest.subarray(1);
    }
    const channel = this.#channel;
    if (last) this.#channel = undefined;
    if (channel === undefined) return undefined;
    return { channel, data: this.#form === 'binary' ? rest : this.#fromBase64(rest, last), last };
  }

  #fromBase64(bytes: Buffer, last: boolean): Buffer {
    const text = (this.#text + bytes.toString('latin1')).replace(/[\r\n]+/g, '');
    const whole = last ? text.length : text.length - (text.length % 4);
    this.#text = text.slice(whole);
    const now = text.slice(0, whole);
    if (!BASE64.test(now) || (last && now.length % 4 !== 0))
      throw new WebSocketError(CloseCode.invalidData, 'illegal base64 data');
    return Buffer.from(now, 'base64');
  }
}
