import { expect } from 'bun:test';
import { join } from 'node:path';
import { eventuallyPasses } from '../../cluster/eventually.ts';
import type { RunningCommand } from '../../cluster/running-command.ts';
import type { Stage } from '../stage.ts';
import { portsOf } from './ports-of.ts';

/** A pod by its port, and a Service by its port's number and name. */
export async function readsThroughProxies(stage: Stage): Promise<void> {
  const [port] = await portsOf(stage, 1);
  const core = `/api/v1/namespaces/${stage.namespace}`;
  const expectAnswer = async (path: string, answer: string) =>
    expect(await stage.kubectl(`get --raw '${core}/${path}'`)).toEqual({
      stdout: answer,
      stderr: '',
      exitCode: 0,
    });
  await expectAnswer(`pods/a:${port}/proxy/some/path?x=1`, 'GET /some/path?x=1');
  await expectAnswer(`pods/http:a:${port}/proxy/`, 'GET /');
  expect(await stage.kubectl(`expose pod a --name=s --port=80 --target-port=${port}`)).toMatchObject({
    exitCode: 0,
  });
  await eventuallyPasses(() => expectAnswer('services/s:80/proxy/path', 'GET /path'));
  await expectAnswer('services/http:s:/proxy/', 'GET /');
}

/** Other methods, through a proxy of the client's own. */
export async function writesThroughProxies(stage: Stage, proxy?: RunningCommand): Promise<void> {
  await eventuallyPasses(() => expect(proxy?.stdout).toMatch(/^Starting to serve/));
  const [port] = await portsOf(stage, 1);
  const url = `http://localhost/api/v1/namespaces/${stage.namespace}/pods/a:${port}/proxy/path`;
  for (const method of ['POST', 'PUT', 'DELETE']) {
    const unix = join(stage.directory, 'proxy');
    const answer = await fetch(url, { unix, method, body: 'some words' });
    expect(await answer.text()).toBe(`${method} /path some words`);
  }
}
