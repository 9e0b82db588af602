/** What came of one try to reach a Service: who answered and whom it saw ask, or the error. */
export interface Told {
  readonly name?: string;
  readonly from?: string;
  /** `ECONNREFUSED`, `timeout` and the like. */
  readonly error?: string;
  readonly tookMs: number;
}

export type TestProtocol = 'TCP' | 'UDP';

/** What a host can be asked, and what it tells. */
export interface Questions {
  /** Serve at a port, under a name. */
  serve: { asks: { name: string; port: number; protocol: TestProtocol }; tells: null };
  /** Serve there no more; connections that stand go on. */
  unserve: { asks: { port: number; protocol: TestProtocol }; tells: null };
  /** Ask so many times, one after the other, on connections of their own. */
  ask: {
    asks: {
      host: string;
      port: number;
      count: number;
      protocol: TestProtocol;
      localPort?: number;
      timeoutMs?: number;
    };
    tells: Told[];
  };
  /** Open a connection and keep it. */
  open: { asks: { host: string; port: number; id: number }; tells: Told };
  /** Say something on a kept connection; the name told is what came back. */
  say: { asks: { id: number; text: string }; tells: Told };
  /** Ask on new connections all the time; how often each name, or error, was told. */
  load: {
    asks: { host: string; port: number; forMs: number; concurrency: number };
    tells: Record<string, number>;
  };
}

export interface Question {
  readonly number: number;
  readonly kind: keyof Questions;
  readonly asks: unknown;
}
