import { describe, expect, test } from 'bun:test';
import { makeContainer, makePod } from '../testing/pods.ts';
import { containerConfig } from './container-config.ts';
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
