import { expect, test } from 'bun:test';
import {
  apiserverCommand,
  controllerManagerCommand,
  devNode,
  konnectivityAgentCommand,
  konnectivityServerCommand,
  kubeletCommand,
  natsCommand,
} from './services.ts';

const place = { home: '/state', port: 6543 };
const flagsOf = (argv: readonly string[]) => argv.slice(2).join(' ');

test('with another hub port, every port of every command moves by the same distance', () => {
  expect(flagsOf(apiserverCommand(place))).toContain('--secure-port 6543');
  expect(flagsOf(apiserverCommand(place))).toContain('--nats-url tls://127.0.0.1:4322');
  expect(flagsOf(controllerManagerCommand(place))).toContain('--secure-port 10357');
  expect(flagsOf(kubeletCommand(place, devNode(1)))).toContain('--port 10350');
  expect(flagsOf(kubeletCommand(place, devNode(1)))).toContain('--healthz-port 10348');
});

test('nodes have names, addresses and directories of their own', () => {
  const flags = flagsOf(kubeletCommand(place, devNode(2)));
  for (const part of [
    '--hostname-override node-2',
    '--address 127.0.1.2',
    '--cert-dir /state/nodes/node-2/pki',
  ]) {
    expect(flags).toContain(part);
  }
});

test('every file that a command names is under the state directory', () => {
  const all = [
    natsCommand(place, 'nats-server'),
    apiserverCommand({ ...place, egress: 'konnectivity' }),
    controllerManagerCommand(place),
    konnectivityServerCommand(place),
    konnectivityAgentCommand(place, devNode(1)),
  ];
  const paths = all.flatMap((argv) => argv.slice(2)).filter((word) => word.startsWith('/'));
  expect(paths.length).toBeGreaterThan(15);
  for (const path of paths) expect(path).toStartWith('/state/');
});
