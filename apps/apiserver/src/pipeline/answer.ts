import type { ServerResponse } from 'node:http';

/** A whole answer: it is audited first and sent then. */
export interface Answer {
  readonly code: number;
  readonly type: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that goes on: it sends its own head, and resolves when it has ended. */
export interface StreamingAnswer {
  /** What its head will say; 200 where absent. */
  readonly code?: number;
  stream(response: ServerResponse): Promise<void>;
}

export const json = (code: number, body: string | Uint8Array): Answer => ({
  code,
  type: 'application/json',
  body,
});

export const jsonOf = (code: number, value: unknown): Answer => json(code, JSON.stringify(value));

export const text = (code: number, body: string): Answer => ({
  code,
  type: 'text/plain; charset=utf-8',
  body,
});

export function isStreaming(answer: Answer | StreamingAnswer): answer is StreamingAnswer {
  return 'stream' in answer;
}
