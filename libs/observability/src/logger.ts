import pino from 'pino';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** A structured logger: values first, then a constant message. Passed in, never imported. */
export interface Logger {
  trace(values: object, message: string): void;
  debug(values: object, message: string): void;
  info(values: object, message: string): void;
  warn(values: object, message: string): void;
  error(values: object, message: string): void;
  fatal(values: object, message: string): void;
  child(bindings: object): Logger;
}

/** Paths whose values never reach a log, whoever passes them. */
const REDACTED = [
  'authorization',
  'token',
  'password',
  '*.authorization',
  '*.token',
  '*.password',
  'headers.authorization',
];

/**
 * A logger of one service, writing JSON lines to standard error synchronously: pino's worker-thread transports
 * do not survive `bun build --compile`, and a line written before a crash must not be lost.
 */
export function createLogger(options: { component: string; level?: LogLevel }): Logger {
  return pino(
    {
      base: { component: options.component },
      level: options.level ?? 'info',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
      redact: { paths: REDACTED, censor: '[redacted]' },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}

/** A logger that says nothing, for tests. */
export const silentLogger: Logger = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  fatal: () => {},
  child: () => silentLogger,
};
