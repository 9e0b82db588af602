export { INITIAL_WINDOW_BYTES } from './frames.ts';
export { DEFAULT_KEEP_ALIVE, type KeepAliveOptions } from './keep-alive.ts';
export { StreamResetError, YamuxError } from './yamux-error.ts';
export { type YamuxOptions, YamuxSession } from './yamux-session.ts';
export { YamuxStream } from './yamux-stream.ts';
