import type { Readable, Writable } from 'node:stream';
import type { RemoteCommandClient } from './dial-remote-command.ts';
import type { CommandStatus, RemoteCommandStreams } from './remote-command-streams.ts';

/** How much went each way, and how it ended. */
export interface PipedCommand {
  readonly stdinBytes: number;
  readonly outputBytes: number;
  /** What the client was told. */
  readonly status: CommandStatus;
}

/**
 * Joins a client's session to one on another server, as the hub does for a kubelet that speaks SPDY alone. The
 * client gets all output before the status, whichever the server sent first; when the client is gone, so is the
 * session on the server; when the server is, the client is told.
 * @returns when both have ended; it never rejects.
 */
export async function pipeRemoteCommand(
  server: RemoteCommandStreams,
  client: RemoteCommandClient,
): Promise<PipedCommand> {
  const gone = () => client.destroy();
  server.signal.addEventListener('abort', gone, { once: true });
  if (server.signal.aborted) gone();
  server.onResize((size) => client.resize(size));
  const [stdin, output] = [new Counter(), new Counter()];
  if (server.stdin && client.stdin) pipeStdin(server.stdin, client.stdin, stdin);
  const outputs = await Promise.all([
    copyOutput(client.stdout, server.stdout, output),
    copyOutput(client.stderr, server.stderr, output),
  ]);
  const said = await client.status.catch(lostStatus);
  // A status that came over a connection which then lost output tells less than half of it.
  const status = outputs.includes('lost') && said.status === 'Success' ? lostStatus() : said;
  server.signal.removeEventListener('abort', gone);
  await Promise.all([server.finish(status), client.close()]);
  return { stdinBytes: stdin.bytes, outputBytes: output.bytes, status };
}

class Counter {
  bytes = 0;

  add(size: number): void {
    this.bytes += size;
  }
}

/** Upstream's translator says InternalError of whatever keeps it from a status. */
function lostStatus(error?: unknown): CommandStatus {
  const why = error instanceof Error ? error.message : 'the connection ended before all output had come';
  const message = `Internal error occurred: ${why}`;
  const details = { causes: [{ message: why }] };
  return { metadata: {}, status: 'Failure', reason: 'InternalError', message, details, code: 500 };
}

/** The command may end, or close its stdin, before the client has said all; the rest is of no use then. */
function pipeStdin(from: Readable, to: Writable, counter: Counter): void {
  to.on('error', () => {});
  from.on('error', () => {});
  from.on('data', (chunk: Buffer) => counter.add(chunk.length));
  to.on('close', () => from.resume());
  from.pipe(to);
}

/** @returns when all that the server said has been written; 'lost' when the connection ended before. */
function copyOutput(
  from: Readable | undefined,
  to: Writable | undefined,
  counter: Counter,
): Promise<'whole' | 'lost'> {
  if (from === undefined) return Promise.resolve('whole');
  return new Promise((resolve) => {
    from.on('error', () => resolve('lost'));
    from.on('close', () => resolve(from.readableEnded ? 'whole' : 'lost'));
    from.on('end', () => resolve('whole'));
    from.on('data', (chunk: Buffer) => {
      counter.add(chunk.length);
      if (to?.writable && !to.write(chunk)) from.pause();
    });
    to?.on('drain', () => from.resume());
    // A client that is gone takes nothing, and must not leave the other side waiting.
    to?.on('close', () => from.resume());
  });
}
