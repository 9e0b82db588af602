/** How messages of a `*.channel.k8s.io` protocol carry bytes: as they are, or as text for clients that have no binary. */
export type ChannelForm = 'binary' | 'base64';

/** A message of a channel; an empty one is a sign of life, and of the channel's being there. */
export interface ChannelMessage {
  readonly channel: number;
  readonly data: Buffer;
}

const CODE_ZERO = '0'.charCodeAt(0);

/**
 * Puts a message together (apimachinery `util/net/…/wsstream`): one byte with the channel's number before the data,
 * or its digit before the data in base64.
 */
export function encodeChannelMessage(form: ChannelForm, { channel, data }: ChannelMessage): Buffer {
  if (form === 'base64') return Buffer.from(`${channel}${data.toString('base64')}`);
  const message = Buffer.allocUnsafe(data.length + 1);
  message[0] = channel;
  data.copy(message, 1);
  return message;
}

/** Takes a message apart. @returns undefined for one that is no message of a channel. */
export function decodeChannelMessage(form: ChannelForm, message: Buffer): ChannelMessage | undefined {
  const first = message[0];
  if (first === undefined) return undefined;
  if (form === 'binary') return { channel: first, data: message.subarray(1) };
  const channel = first - CODE_ZERO;
  if (channel < 0 || channel > 9) return undefined;
  return { channel, data: Buffer.from(message.subarray(1).toString('latin1'), 'base64') };
}
