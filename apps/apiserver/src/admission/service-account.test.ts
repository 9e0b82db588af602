import { describe, expect, test } from 'bun:test';
import { type Pod, pods, type ServiceAccount } from '@hawser/api';
import { StaticLister } from '@hawser/authn/testing';
import type { AdmissionAttributes } from '@hawser/registry';
import { FakeClock } from '@hawser/runtime';
import { serviceAccountAdmission } from './service-account.ts';

type Spec = Partial<Pod['spec']>;

const PATH = '/var/run/secrets/kubernetes.io/serviceaccount';

function account(changes: Partial<ServiceAccount> = {}, annotations: Record<string, string> = {}) {
  const metadata = { name: 'default', namespace: 'ns', annotations };
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata, ...changes } as ServiceAccount;
}

function world(...accounts: ServiceAccount[]) {
  const lister = new StaticLister(accounts);
  const clock = new FakeClock('2026-01-01T00:00:00Z');
  const plugin = serviceAccountAdmission(lister, clock);
  const admitted = async (spec: Spec, changes: Partial<AdmissionAttributes> = {}) => {
    const pod = {
      metadata: { name: 'a', namespace: 'ns' },
      spec: { containers: [{ name: 'main' }], ...spec },
    } as Pod;
    const attributes = {
      ...{ operation: 'CREATE', kind: pods, subresource: '', namespace: 'ns', name: 'a', object: pod },
      ...changes,
    } as unknown as AdmissionAttributes;
    await plugin.admit?.(attributes);
    await plugin.validate?.(attributes);
    return pod.spec;
  };
  return { lister, clock, admitted };
}

const refusal = (run: Promise<unknown>) =>
  run.then(
    () => 'admitted',
    (error: Error) => error.message,
  );

describe('a pod that says nothing', () => {
  test('gets the default account, its token in each container, and its pull Secrets', async () => {
    const { admitted } = world(account({ imagePullSecrets: [{ name: 'registry' }] }));
    const spec = await admitted({ initContainers: [{ name: 'first' }] as never });
    expect(spec).toMatchObject({
      serviceAccountName: 'default',
      serviceAccount: 'default',
      imagePullSecrets: [{ name: 'registry' }],
    });
    const [volume] = spec.volumes!;
    expect(volume!.name).toMatch(/^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(volume!.projected!.sources).toMatchObject([
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt' } },
      { downwardAPI: { items: [{ path: 'namespace' }] } },
    ]);
    const mount = { name: volume!.name, readOnly: true, mountPath: PATH };
    expect(spec.containers[0]!.volumeMounts).toEqual([mount]);
    expect(spec.initContainers![0]!.volumeMounts).toEqual([mount]);
  });

  test('waits a moment for an account that is about to be made', async () => {
    const { lister, clock, admitted } = world();
    const admission = admitted({});
    await Promise.resolve();
    lister.put(account());
    clock.advance(200);
    expect((await admission).serviceAccountName).toBe('default');
  });

  test('is refused where no account is made', async () => {
    const { clock, admitted } = world();
    const admission = refusal(admitted({}));
    for (let tick = 0; tick < 20; tick += 1) {
      clock.advance(200);
      await Promise.resolve();
      await Promise.resolve();
    }
    expect(await admission).toBe(
      'pods "a" is forbidden: error looking up service account ns/default: serviceaccount "default" not found',
    );
  });
});

test('a pod whose account is missing is refused at once', async () => {
  const { admitted } = world(account());
  expect(await refusal(admitted({ serviceAccountName: 'robot' }))).toBe(
    'pods "a" is forbidden: error looking up service account ns/robot: serviceaccount "robot" not found',
  );
});

const mounts: { name: string; account?: Partial<ServiceAccount>; spec: Spec; mounted: boolean }[] = [
  { name: 'the account says no', account: { automountServiceAccountToken: false }, spec: {}, mounted: false },
  {
    name: 'the account says no and the pod yes',
    account: { automountServiceAccountToken: false },
    spec: { automountServiceAccountToken: true },
    mounted: true,
  },
  { name: 'the pod says no', spec: { automountServiceAccountToken: false }, mounted: false },
];
for (const { name, account: changes, spec, mounted } of mounts)
  test(`${mounted ? 'mounts' : 'does not mount'} a token where ${name}`, async () => {
    const result = await world(account(changes)).admitted(spec);
    expect(result.volumes !== undefined).toBe(mounted);
  });

test('leaves a container alone that mounts something there, and uses a volume that has the name', async () => {
  const { admitted } = world(account());
  const own = { name: 'own', mountPath: PATH };
  const spec = await admitted({
    containers: [{ name: 'main', volumeMounts: [own] }, { name: 'other' }] as never,
    volumes: [{ name: 'kube-api-access-abcde' }],
  });
  expect(spec.volumes).toEqual([{ name: 'kube-api-access-abcde' }]);
  expect(spec.containers.map(({ volumeMounts }) => volumeMounts)).toEqual([
    [own],
    [{ name: 'kube-api-access-abcde', readOnly: true, mountPath: PATH }],
  ]);
});

test("keeps a pod's own pull Secrets", async () => {
  const { admitted } = world(account({ imagePullSecrets: [{ name: 'registry' }] }));
  expect((await admitted({ imagePullSecrets: [{ name: 'own' }] })).imagePullSecrets).toEqual([
    { name: 'own' },
  ]);
});

describe('an account whose pods may use its Secrets only', () => {
  const but = 'is not allowed because service account default does not reference that secret';
  const variable = (name: string) => ({ name: 'V', valueFrom: { secretKeyRef: { name, key: 'k' } } });
  const from = (name: string) => ({ secretRef: { name } });
  const cases: { name: string; spec: Spec; fault: string }[] = [
    {
      name: 'volume',
      spec: { volumes: [{ name: 'v', secret: { secretName: 'x' } }] },
      fault: `volume with secret.secretName="x" ${but}`,
    },
    {
      name: 'projected volume',
      spec: { volumes: [{ name: 'v', projected: { sources: [{ secret: { name: 'x' } }] } }] },
      fault: `volume with secret.secretName="x" ${but}`,
    },
    {
      name: 'variable',
      spec: { containers: [{ name: 'main', env: [variable('own'), variable('x')] }] as never },
      fault: `container main with envVar V referencing secret.secretName="x" ${but}`,
    },
    {
      name: 'set of variables',
      spec: { containers: [{ name: 'main', envFrom: [from('own'), from('x')] }] as never },
      fault: `container main with envFrom referencing secret.secretName="x" ${but}`,
    },
    {
      name: 'variable of an init container',
      spec: { initContainers: [{ name: 'first', env: [variable('x')] }] as never },
      fault: `init container first with envVar V referencing secret.secretName="x" ${but}`,
    },
    {
      name: 'pull Secret',
      spec: { imagePullSecrets: [{ name: 'registry' }, { name: 'x' }] },
      fault:
        'imagePullSecrets[1].name="x" is not allowed because service account default does not reference that imagePullSecret',
    },
  ];
  const limited = (value = 'true') =>
    account(
      { secrets: [{ name: 'own' }], imagePullSecrets: [{ name: 'registry' }] },
      { 'kubernetes.io/enforce-mountable-secrets': value },
    );
  for (const { name, spec, fault } of cases) {
    test(`refuses a foreign ${name}`, async () =>
      expect(await refusal(world(limited()).admitted(spec))).toBe(`pods "a" is forbidden: ${fault}`));
    test(`lets a foreign ${name} be where it does not limit them`, async () =>
      expect(await refusal(world(limited('yes')).admitted(spec))).toBe('admitted'));
  }

  test('refuses them to a container that joins later', async () => {
    const ephemeralContainers = [{ name: 'debug', env: [variable('x')] }] as never;
    const joins = { operation: 'UPDATE', subresource: 'ephemeralcontainers' } as const;
    const spec = { serviceAccountName: 'default', ephemeralContainers };
    expect(await refusal(world(limited()).admitted(spec, joins))).toBe(
      `pods "a" is forbidden: ephemeral container debug with envVar V referencing secret.secretName="x" ${but}`,
    );
  });

  test('lets its own be used', async () => {
    const spec = { volumes: [{ name: 'v', secret: { secretName: 'own' } }] };
    expect(await refusal(world(limited()).admitted(spec))).toBe('admitted');
  });
});
