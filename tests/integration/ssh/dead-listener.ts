import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { HOST } from './tunnel-fixture.ts';

/** Listens, takes nobody, and has no place for who waits. */
const SCRIPT = `
  use Socket; $| = 1;
  socket(my $server, PF_INET, SOCK_STREAM, 0) or die;
  bind($server, sockaddr_in(0, inet_aton($ARGV[0]))) && listen($server, 0) or die;
  print +(sockaddr_in(getsockname $server))[0], "\\n";
  sleep 600;`;

const SYN_SENT = '02';
/** More than the queue has places for. */
const FILLERS = 4;

/** A port of the node's that answers nothing, as an address that is dead. */
export class DeadListener implements Disposable {
  private constructor(
    readonly port: number,
    private readonly end: () => void,
    private readonly fillers: readonly Socket[],
  ) {}

  static async start(): Promise<DeadListener> {
    const child = Bun.spawn(['perl', '-e', SCRIPT, HOST], { stdout: 'pipe' });
    const { value } = await child.stdout.getReader().read();
    const port = Number(new TextDecoder().decode(value));
    const fillers = Array.from({ length: FILLERS }, () =>
      connect({ host: HOST, port }).on('error', () => {}),
    );
    const listener = new DeadListener(port, () => child.kill('SIGKILL'), fillers);
    while (listener.asking === 0) await Bun.sleep(10);
    return listener;
  }

  get target() {
    return { host: HOST, port: this.port };
  }

  /** How many sockets of this machine wait for it to answer. */
  get asking(): number {
    const remote = `:${this.port.toString(16).toUpperCase().padStart(4, '0')}`;
    const rows = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1);
    const fields = rows.map((row) => row.trim().split(/\s+/));
    return fields.filter(([, , to, state]) => to?.endsWith(remote) && state === SYN_SENT).length;
  }

  [Symbol.dispose](): void {
    for (const filler of this.fillers) filler.destroy();
    this.end();
  }
}
