import { describe, expect, test } from 'bun:test';
import { makeContainer, makePod } from '../testing/pods.ts';
import { containerConfig, hostnameOf } from './container-config.ts';
import { containerPath } from './container-path.ts';

const PARTS = { attempt: 0, envs: [], mounts: [], terminationMessageFile: undefined };

describe('the config of a container', () => {
  const paths = {
    '/a': '/a',
    '../../x': '/x',
    '/../x': '/x',
    '/a/../../b/': '/b',
    '/..': '/',
    'a//b/.': '/a/b',
  };
  for (const [path, normal] of Object.entries(paths))
    test(`has ${path} as ${normal} for its working directory`, () => {
      const container = makeContainer('main', { workingDir: path });
      expect(containerConfig(makePod(), container, PARTS).workingDir).toBe(normal);
      expect(containerPath(path)).toBe(normal);
    });

  test('leaves the working directory to the runtime where the container does', () => {
    expect(containerConfig(makePod(), makeContainer('main'), PARTS).workingDir).toBe('');
  });
});

describe('the host name of a pod', () => {
  const named = (spec: object) => {
    const pod = makePod();
    return hostnameOf({
      ...pod,
      metadata: { ...pod.metadata, name: 'web-0' },
      spec: { ...pod.spec!, ...spec },
    });
  };
  test('is its own', () => expect(named({ nodeName: 'node-1' })).toBe('web-0'));
  test('is what it asks for', () => expect(named({ nodeName: 'node-1', hostname: 'db' })).toBe('db'));
  test('is the node’s on the node’s network', () =>
    expect(named({ nodeName: 'node-1', hostname: 'db', hostNetwork: true })).toBe('node-1'));
  test('ends neither with a dash nor with a dot', () =>
    expect(named({ hostname: `${'a'.repeat(61)}-.b` })).toBe('a'.repeat(61)));
});
