import { describe, expect, test } from 'bun:test';
import type { Container } from '@hawser/api';
import { FixedConfigObjects } from '../testing/config-objects.ts';
import { makeContainer, makePod } from '../testing/pods.ts';
import { ContainerConfigError } from './container-config-error.ts';
import { containerEnvironment } from './container-environment.ts';

const facts = { nodeIp: '127.0.1.1', allocatable: { cpu: '2', memory: '1024Mi' } };

function objects(): FixedConfigObjects {
  const fixed = new FixedConfigObjects();
  fixed.setConfigMap('settings', { COLOR: 'blue', SIZE: 'big' });
  fixed.setSecret('login', { password: 'hunter2' });
  return fixed;
}

async function environmentOf(container: Partial<Container>): Promise<Record<string, string>> {
  const pod = makePod({ nodeName: 'node-1', serviceAccountName: 'robot' });
  Object.assign(pod.metadata, { labels: { app: 'web' }, annotations: { note: 'x' } });
  const services = new Map([['KUBERNETES_SERVICE_HOST', '10.0.0.1']]);
  const list = await containerEnvironment(pod, makeContainer('main', container), {
    objects: objects(),
    facts,
    services,
  });
  return Object.fromEntries(list.map(({ key, value }) => [key, value]));
}

describe('the environment of a container', () => {
  test('is made of services, envFrom and env, the later winning', async () => {
    const environment = await environmentOf({
      envFrom: [{ configMapRef: { name: 'settings' } }, { prefix: 'L_', secretRef: { name: 'login' } }],
      env: [{ name: 'SIZE', value: 'small' }],
    });
    expect(environment).toEqual({
      KUBERNETES_SERVICE_HOST: '10.0.0.1',
      COLOR: 'blue',
      SIZE: 'small',
      L_password: 'hunter2',
    });
  });

  test('expands what was set before, services too, and not what comes after', async () => {
    const environment = await environmentOf({
      env: [
        { name: 'URL', value: 'https://$(KUBERNETES_SERVICE_HOST)/$(LATER)' },
        { name: 'LATER', value: '$(URL)' },
      ],
    });
    expect(environment['URL']).toBe('https://10.0.0.1/$(LATER)');
    expect(environment['LATER']).toBe('https://10.0.0.1/$(LATER)');
  });

  const fields = [
    { fieldPath: 'metadata.name', expected: 'web' },
    { fieldPath: 'metadata.namespace', expected: 'default' },
    { fieldPath: 'metadata.uid', expected: 'uid-1' },
    { fieldPath: "metadata.labels['app']", expected: 'web' },
    { fieldPath: "metadata.annotations['note']", expected: 'x' },
    { fieldPath: "metadata.labels['none']", expected: '' },
    { fieldPath: 'spec.nodeName', expected: 'node-1' },
    { fieldPath: 'spec.serviceAccountName', expected: 'robot' },
    { fieldPath: 'status.podIP', expected: '127.0.1.1' },
    { fieldPath: 'status.hostIP', expected: '127.0.1.1' },
  ];
  for (const { fieldPath, expected } of fields)
    test(`knows ${fieldPath}`, async () => {
      const environment = await environmentOf({
        env: [{ name: 'X', valueFrom: { fieldRef: { fieldPath } } }],
      });
      expect(environment['X']).toBe(expected);
    });

  const resources = [
    { resource: 'limits.cpu', divisor: '1m', expected: '500' },
    { resource: 'limits.cpu', divisor: '1', expected: '1' },
    { resource: 'requests.memory', divisor: '1Mi', expected: '64' },
    { resource: 'limits.memory', divisor: '1Mi', expected: '1024' },
    { resource: 'requests.cpu', divisor: undefined, expected: '0' },
  ];
  for (const { resource, divisor, expected } of resources)
    test(`tells ${resource} in units of ${divisor ?? 'one'}`, async () => {
      const environment = await environmentOf({
        resources: { limits: { cpu: '500m' }, requests: { memory: '64Mi' } },
        env: [{ name: 'X', valueFrom: { resourceFieldRef: { resource, divisor } } }],
      });
      expect(environment['X']).toBe(expected);
    });

  test('leaves out what is optional and missing', async () => {
    const environment = await environmentOf({
      envFrom: [{ secretRef: { name: 'none', optional: true } }],
      env: [
        { name: 'X', valueFrom: { configMapKeyRef: { name: 'settings', key: 'none', optional: true } } },
        { name: 'Y', valueFrom: { secretKeyRef: { name: 'none', key: 'none', optional: true } } },
      ],
    });
    expect(Object.keys(environment)).toEqual(['KUBERNETES_SERVICE_HOST']);
  });

  const faults: { name: string; container: Partial<Container>; message: string }[] = [
    {
      name: 'a ConfigMap',
      container: { envFrom: [{ configMapRef: { name: 'none' } }] },
      message: 'configmap "none" not found',
    },
    {
      name: 'a Secret',
      container: { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'none', key: 'k' } } }] },
      message: 'secret "none" not found',
    },
    {
      name: 'a key',
      container: { env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'settings', key: 'k' } } }] },
      message: "couldn't find key k in ConfigMap default/settings",
    },
    {
      name: 'a field',
      container: { env: [{ name: 'X', valueFrom: { fieldRef: { fieldPath: 'spec.containers' } } }] },
      message: 'unsupported fieldPath: spec.containers',
    },
  ];
  for (const { name, container, message } of faults)
    test(`says which ${name} is missing`, async () => {
      const failure = await environmentOf(container).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ContainerConfigError);
      expect((failure as Error).message).toBe(message);
    });
});
