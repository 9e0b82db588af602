import { expect, test } from 'bun:test';
import { debianToolsFor } from './debian-tool.mjs';

const always = { command: 'nats-server' };
const forOption = { command: 'ip', option: '--network netns' };
const names = (command, args) => debianToolsFor(command, args, [always, forOption]).map((pin) => pin.command);

test('tests want every tool, other commands those of the options they are given', () => {
  expect(names('test', [])).toEqual(['nats-server', 'ip']);
  expect(names('dev', ['--nodes', '3'])).toEqual(['nats-server']);
  expect(names('dev', ['--network', 'netns'])).toEqual(['nats-server', 'ip']);
  expect(names('dev', ['--network=netns', '--nodes', '3'])).toEqual(['nats-server', 'ip']);
});
