import type { CacheEvent } from '@hawser/registry';

/** A watch event as bytes: with the chunk framing of HTTP/1.1 around it, and the payload within that. */
export interface WatchFrame {
  readonly chunk: Buffer;
  readonly payload: Buffer;
}

const shared = new WeakMap<CacheEvent, WatchFrame>();

/** The frame of an event that watchers get as it is: made once for all of them. */
export function sharedFrame(event: CacheEvent): WatchFrame {
  let frame = shared.get(event);
  if (frame === undefined) {
    frame = watchFrame(event.type, event.entry.json);
    shared.set(event, frame);
  }
  return frame;
}

/** `{"type":…,"object":…}` and a newline (watch/v1 Event), in a chunk of its own (RFC 9112, section 7.1). */
export function watchFrame(type: string, json: Buffer): WatchFrame {
  const head = `{"type":"${type}","object":`;
  const size = head.length + json.length + 2;
  const start = `${size.toString(16)}\r\n`;
  const chunk = Buffer.concat([Buffer.from(start + head), json, Buffer.from('}\n\r\n')]);
  return { chunk, payload: chunk.subarray(start.length, chunk.length - 2) };
}
