// Runs on a host of a test network and does what it is told, a line of JSON each on standard input: serves, asks,
// holds connections. Each answer is a line of JSON with the number of its question.
import { createSocket } from 'node:dgram';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Question, Questions, Told } from './host-questions.ts';

const servers = new Map<string, { close(): void }>();
const held = new Map<number, Line>();

/** A connection by lines: the first is the server's greeting, each further one an answer. */
class Line {
  readonly #lines: string[] = [];
  readonly #waiting: ((line: string | Error) => void)[] = [];
  #ended: Error | undefined;

  constructor(readonly socket: Socket) {
    let text = '';
    socket.setNoDelay(true).on('data', (chunk) => {
      text += chunk.toString();
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        this.#take(text.slice(0, end));
        text = text.slice(end + 1);
      }
    });
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(new Error('closed')));
  }

  next(timeoutMs: number): Promise<string> {
    const line = this.#lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('timeout')), timeoutMs);
      this.#waiting.push((answer) => {
        clearTimeout(timer);
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      });
    });
  }

  #take(line: string): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(line);
    else this.#lines.push(line);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const waiting of this.#waiting.splice(0)) waiting(this.#ended);
  }
}

/** Greets with its name and who asks, then gives back what it is sent. */
function serveTcp(name: string, port: number): Promise<Server> {
  const server = createServer((socket) => {
    socket.setNoDelay(true).on('error', () => {});
    socket.write(`${name} ${socket.remoteAddress?.replace('::ffff:', '')}\n`);
    socket.pipe(socket);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '0.0.0.0', () => resolve(server));
  });
}

/** Answers each datagram with its name, who asks, and what was said. */
function serveUdp(name: string, port: number): Promise<{ close(): void }> {
  const socket = createSocket('udp4');
  socket.on('message', (message, { address, port: from }) =>
    socket.send(`${name} ${address} ${message}`, from, address),
  );
  return new Promise((resolve) => socket.bind(port, '0.0.0.0', () => resolve(socket)));
}

async function askTcp(host: string, port: number, timeoutMs: number): Promise<string> {
  const socket = connect({ host, port });
  try {
    return await new Line(socket).next(timeoutMs);
  } finally {
    socket.destroy();
  }
}

function askUdp(host: string, port: number, localPort: number, timeoutMs: number): Promise<string> {
  const socket = createSocket('udp4');
  return new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('timeout')), timeoutMs);
    // Connected, so that it hears of ICMP errors.
    socket.on('error', reject).on('message', (message) => {
      clearTimeout(timer);
      resolve(message.toString());
    });
    socket.bind(localPort, () => socket.connect(port, host, () => socket.send('ping')));
  }).finally(() => socket.close());
}

const told = async (asking: Promise<string>): Promise<Told> => {
  const startMs = performance.now();
  try {
    const [name = '', from = ''] = (await asking).split(' ');
    return { name, from, tookMs: performance.now() - startMs };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { error: code ?? message, tookMs: performance.now() - startMs };
  }
};

const answers: {
  [K in keyof Questions]: (question: Questions[K]['asks']) => Promise<Questions[K]['tells']>;
} = {
  async serve({ name, port, protocol }) {
    servers.set(
      `${protocol} ${port}`,
      protocol === 'UDP' ? await serveUdp(name, port) : await serveTcp(name, port),
    );
    return null;
  },
  async unserve({ port, protocol }) {
    servers.get(`${protocol} ${port}`)?.close();
    return null;
  },
  async ask({ host, port, count, protocol, localPort = 0, timeoutMs = 2_000 }) {
    const all: Told[] = [];
    for (let i = 0; i < count; i += 1)
      all.push(
        await told(
          protocol === 'UDP' ? askUdp(host, port, localPort, timeoutMs) : askTcp(host, port, timeoutMs),
        ),
      );
    return all;
  },
  async open({ host, port, id }) {
    const line = new Line(connect({ host, port }));
    held.set(id, line);
    return await told(line.next(5_000));
  },
  async say({ id, text }) {
    const line = held.get(id)!;
    line.socket.write(`${text}\n`);
    return await told(line.next(5_000));
  },
  async load({ host, port, forMs, concurrency }) {
    const names: Record<string, number> = {};
    const untilMs = performance.now() + forMs;
    const worker = async () => {
      while (performance.now() < untilMs) {
        const { name, error } = await told(askTcp(host, port, 5_000));
        const key = error ?? name!;
        names[key] = (names[key] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    return names;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { number, kind, asks } = JSON.parse(line) as Question;
  const answer = answers[kind] as (question: unknown) => Promise<unknown>;
  void answer(asks).then(
    (tells) => console.log(JSON.stringify({ number, tells })),
    (error) => console.log(JSON.stringify({ number, error: `${error}` })),
  );
}
process.exit(0);
