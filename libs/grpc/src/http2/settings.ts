import { DEFAULT_MAX_FRAME_BYTES, DEFAULT_WINDOW, MAX_WINDOW } from './frame.ts';
import { ErrorCode, Http2Error } from './http2-error.ts';

/** RFC 9113, section 6.5.2. */
const Id = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

const ENTRY_BYTES = 6;

/** What one side asks of the other. */
export interface Settings {
  readonly enablePush?: boolean;
  readonly maxConcurrentStreams?: number;
  readonly initialWindowSize: number;
  readonly maxFrameSize: number;
  readonly maxHeaderListSize?: number;
}

/** What holds until a peer says otherwise. */
export const DEFAULT_SETTINGS: Settings = {
  initialWindowSize: DEFAULT_WINDOW,
  maxFrameSize: DEFAULT_MAX_FRAME_BYTES,
};

export function encodeSettings(settings: Settings): Buffer {
  const { enablePush, maxConcurrentStreams, initialWindowSize, maxFrameSize, maxHeaderListSize } = settings;
  const entries: [id: number, value: number | undefined][] = [
    [Id.enablePush, enablePush === undefined ? undefined : Number(enablePush)],
    [Id.maxConcurrentStreams, maxConcurrentStreams],
    [Id.initialWindowSize, initialWindowSize],
    [Id.maxFrameSize, maxFrameSize],
    [Id.maxHeaderListSize, maxHeaderListSize],
  ];
  return Buffer.concat(
    entries.flatMap(([id, value]) => {
      if (value === undefined) return [];
      const bytes = Buffer.alloc(ENTRY_BYTES);
      bytes.writeUInt16BE(id, 0);
      bytes.writeUInt32BE(value, 2);
      return [bytes];
    }),
  );
}

/**
 * @returns what holds after a SETTINGS frame; settings that are not known are passed over.
 * @throws Http2Error
 */
export function applySettings(before: Settings, payload: Buffer): Settings {
  if (payload.length % ENTRY_BYTES !== 0)
    throw new Http2Error(ErrorCode.frameSizeError, 'SETTINGS are cut short');
  let after = before;
  for (let at = 0; at < payload.length; at += ENTRY_BYTES)
    after = { ...after, ...settingOf(payload.readUInt16BE(at), payload.readUInt32BE(at + 2)) };
  return after;
}

function settingOf(id: number, value: number): Partial<Settings> {
  if (id === Id.enablePush && value > 1)
    throw new Http2Error(ErrorCode.protocolError, 'ENABLE_PUSH is neither 0 nor 1');
  if (id === Id.maxConcurrentStreams) return { maxConcurrentStreams: value };
  if (id === Id.initialWindowSize) {
    if (value > MAX_WINDOW)
      throw new Http2Error(ErrorCode.flowControlError, 'INITIAL_WINDOW_SIZE is too large');
    return { initialWindowSize: value };
  }
  if (id !== Id.maxFrameSize) return {};
  if (value < DEFAULT_MAX_FRAME_BYTES || value > 0xff_ffff)
    throw new Http2Error(ErrorCode.protocolError, 'MAX_FRAME_SIZE is out of its range');
  return { maxFrameSize: value };
}
