import type { Kind } from '@hawser/api';
import type { CacheEvent } from '@hawser/registry';
import type { Encoding } from '../encodings/encoding.ts';

/** A watch event as bytes: with the chunk framing of HTTP/1.1 around it, and the payload within that. */
export interface WatchFrame {
  readonly chunk: Buffer;
  readonly payload: Buffer;
}

const shared = new WeakMap<Encoding, WeakMap<CacheEvent, WatchFrame>>();

/** The frame of an event that watchers get as it is: made once for all of them that speak an encoding. */
export function sharedFrame(encoding: Encoding, kind: Kind, event: CacheEvent): WatchFrame {
  const frames = framesOf(encoding);
  let frame = frames.get(event);
  if (frame === undefined) {
    frame = watchFrame(encoding, event.type, encoding.entry(kind, event.entry));
    frames.set(event, frame);
  }
  return frame;
}

function framesOf(encoding: Encoding): WeakMap<CacheEvent, WatchFrame> {
  let frames = shared.get(encoding);
  if (frames === undefined) {
    frames = new WeakMap();
    shared.set(encoding, frames);
  }
  return frames;
}

/**
 * An event in a chunk of its own (RFC 9112, section 7.1).
 * @param encoding one that a watch can be told in.
 * @param object as that encoding writes it.
 */
export function watchFrame(encoding: Encoding, type: string, object: Buffer): WatchFrame {
  const { head, tail } = encoding.events!.around(type, object.length);
  const size = head.length + object.length + tail.length;
  const start = `${size.toString(16)}\r\n`;
  const parts = [start, head, object, tail, '\r\n'].map((part) =>
    typeof part === 'string' ? Buffer.from(part) : part,
  );
  const chunk = Buffer.concat(parts);
  return { chunk, payload: chunk.subarray(start.length, chunk.length - 2) };
}
