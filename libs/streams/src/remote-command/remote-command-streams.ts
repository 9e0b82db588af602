import type { Readable, Writable } from 'node:stream';

/** Which streams a command is run or attached with (the query parameters of exec and attach). */
export interface RemoteCommandOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** Columns and rows of the client's terminal. */
export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** A metav1.Status, as the error channel carries it. */
export interface CommandStatus {
  readonly metadata: object;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: object;
  readonly code?: number;
}

/** The server's side of exec or attach, whatever protocol the client speaks. */
export interface RemoteCommandStreams {
  /** What was agreed on, as `v5.channel.k8s.io`; '' for a WebSocket without a subprotocol. */
  readonly protocol: string;
  /** Ends when the client ends it, or is gone. */
  readonly stdin?: Readable;
  readonly stdout?: Writable;
  /** Absent with a terminal, whose output is one stream. */
  readonly stderr?: Writable;
  /** Called for every size that the client's terminal takes on; replaces the one before. */
  onResize(listener: (size: TerminalSize) => void): void;
  /** Aborts when the client is gone, with the reason. */
  readonly signal: AbortSignal;
  /**
   * Ends the session: whatever was written to stdout and stderr goes out first, then the status, then the
   * connection is closed. It waits for a client that is slow to read, as long as that is there, and then a bounded
   * time for it to close; it never rejects.
   */
  finish(status: CommandStatus): Promise<void>;
  /** Ends the session at once, with whatever is under way. */
  destroy(): void;
}

/** How a resize message reads: `{"Width":80,"Height":24}`. @returns undefined for anything else. */
export function parseTerminalSize(text: string): TerminalSize | undefined {
  try {
    const { Width: width, Height: height } = JSON.parse(text);
    const valid = [width, height].every((value) => Number.isInteger(value) && value >= 0 && value <= 0xffff);
    return valid ? { width, height } : undefined;
  } catch {
    return undefined;
  }
}

/** Resolves when all that was written has been taken by the connection, or never will be. Ends the stream. */
export function drained(writable: Writable | undefined): Promise<void> {
  if (writable === undefined || writable.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    writable.once('close', resolve);
    if (writable.writableFinished) resolve();
    else if (writable.writableEnded) writable.once('finish', resolve);
    else writable.end(() => resolve());
  });
}

/** What the error channel says. @returns undefined where the protocol says nothing of a success. */
export function statusText(status: CommandStatus, jsonStatus: boolean): string | undefined {
  if (jsonStatus) return JSON.stringify(status);
  return status.status === 'Success' ? undefined : (status.message ?? 'the command failed');
}
