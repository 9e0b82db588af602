import { expect, test } from 'bun:test';
import type { ConfigMap } from '../kinds/core/config-map.ts';
import type { Pod } from '../kinds/core/pod.ts';
import { decodeProtobuf, encodeProtobuf } from './protobuf.ts';
import { ProtobufError } from './protobuf-error.ts';

const configMap: ConfigMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a' },
  data: { k: 'v' },
};
/** `k8s\0`, type meta, and a ConfigMap as client-go writes it, empty strings included. */
const CONFIG_MAP_BYTES = Buffer.concat([
  Buffer.from('6b387300', 'hex'),
  Buffer.from('0a0f 0a027631 1209436f6e6669674d6170'.replaceAll(' ', ''), 'hex'),
  Buffer.from('1215 0a0b 0a0161 1200 1a00 2200 4200 1206 0a016b 120176 1a00 2200'.replaceAll(' ', ''), 'hex'),
]);

test('reads what client-go sends', () => {
  expect(decodeProtobuf(CONFIG_MAP_BYTES)).toEqual({ ...configMap });
});

test('reads back what it writes', () => {
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', labels: { a: 'b' }, creationTimestamp: '2024-05-01T12:00:00Z' },
    spec: {
      containers: [
        {
          name: 'c',
          resources: { limits: { cpu: '500m' } },
          readinessProbe: { httpGet: { port: 'web' }, periodSeconds: 5 },
          securityContext: { runAsUser: 0, allowPrivilegeEscalation: false },
        },
      ],
      volumes: [
        { name: 'v', emptyDir: {} },
        { name: 'w', configMap: { name: 'm', defaultMode: 0 } },
      ],
      terminationGracePeriodSeconds: 0,
    },
    status: {
      phase: 'Running',
      containerStatuses: [
        { name: 'c', ready: false, restartCount: 0, image: '', imageID: '', state: {}, lastState: {} },
      ],
    },
  };
  expect(decodeProtobuf(encodeProtobuf(pod))).toEqual({ ...pod });
});

test('reads back lists, Status and DeleteOptions', () => {
  const objects = [
    {
      apiVersion: 'v1',
      kind: 'ConfigMapList',
      metadata: { resourceVersion: '7' },
      items: [{ metadata: { name: 'a' } }],
    },
    {
      apiVersion: 'v1',
      kind: 'Status',
      metadata: {},
      status: 'Failure',
      code: 404,
      details: { causes: [{ field: 'x' }] },
    },
    { apiVersion: 'apps/v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid: 'u' } },
  ];
  for (const object of objects) expect<object>(decodeProtobuf(encodeProtobuf(object))).toEqual(object);
});

test('takes the kind from the caller where the envelope does not say', () => {
  const untyped = Buffer.from('6b387300 12030a010a'.replaceAll(' ', ''), 'hex');
  expect(() => decodeProtobuf(untyped)).toThrow('no kind "" is registered for version ""');
  expect(() => decodeProtobuf(untyped, { apiVersion: 'v1', kind: 'ConfigMap' })).toThrow(ProtobufError);
});

test('refuses bodies without the magic prefix', () => {
  expect(() => decodeProtobuf(Buffer.from('{}'))).toThrow('expected prefix 6b387300');
});

test('refuses kinds that it does not know', () => {
  expect(() => encodeProtobuf({ apiVersion: 'example.com/v1', kind: 'Thing' })).toThrow(ProtobufError);
});

test('refuses a body cut anywhere within the object', () => {
  const whole = Buffer.from(encodeProtobuf(configMap));
  const betweenFields = whole.indexOf('ConfigMap') + 'ConfigMap'.length;
  // The two empty fields that end the envelope may be absent.
  for (let length = 0; length < whole.length - 4; length++) {
    if (length === betweenFields) continue;
    expect(() => decodeProtobuf(whole.subarray(0, length))).toThrow(ProtobufError);
  }
});
