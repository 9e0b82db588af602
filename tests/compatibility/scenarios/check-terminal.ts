import { expect } from 'bun:test';
import type { Stage } from '../stage.ts';

/** `exec -it` has the client's size, hears of a new one, is a terminal, and gives the exit code. */
export async function showsItsSize(stage: Stage): Promise<void> {
  const script = 'tty; while ! read -t 0.05 x; do stty size; done; echo got $x; exit 4';
  await using terminal = stage.startOnTerminal(`exec -it a -- bash -c '${script}'`);
  await terminal.shows(/\/dev\/pts\/\d+\r\n/);
  await terminal.shows(/33 101\r\n/);
  terminal.resize(80, 24);
  await terminal.shows(/24 80\r\n/);
  terminal.type('some words\r');
  expect(await terminal.ended()).toBe(4);
  await terminal.shows(/got some words\r\n/);
}

/** ^C reaches the command in the pod and not the client. */
export async function interruptsOnATerminal(stage: Stage): Promise<void> {
  const script = 'trap "echo interrupted; exit 7" INT; echo ready; while true; do sleep 0.05; done';
  await using terminal = stage.startOnTerminal(`exec -it a -- sh -c '${script}'`);
  await terminal.shows(/ready/);
  terminal.type('\x03');
  expect(await terminal.ended()).toBe(7);
  await terminal.shows(/interrupted/);
}

/** What is typed is read by the container, which ends with its input. */
export async function attachesOnATerminal(stage: Stage): Promise<void> {
  await using terminal = stage.startOnTerminal('attach -it a');
  // Some clients prompt for it, and a container does not say again what it has said.
  terminal.type('some words\r');
  await terminal.shows(/heard some words\r\n/);
  terminal.type('\x04');
  expect(await terminal.ended()).toBe(0);
}

/** The keys end the client, and the container goes on. */
export async function detachesByKeys(stage: Stage): Promise<void> {
  await using terminal = stage.startOnTerminal('attach -it a --detach-keys=ctrl-x');
  terminal.type('words\r');
  await terminal.shows(/words\r\nwords\r\n/);
  terminal.type('\x18');
  expect(await terminal.ended()).toBe(0);
  await terminal.shows(/Session ended, resume using/);
  const { stdout } = await stage.kubectl(
    `get pod a -o 'jsonpath={.status.containerStatuses[0].restartCount}'`,
  );
  expect(stdout).toBe('0');
}
