import { expect, test } from 'bun:test';
import { isImpersonationHeader, parseImpersonation } from './impersonation.ts';

const AUTHENTICATION = 'authentication.k8s.io';

test('a request without impersonation headers is nobody else', () => {
  expect(parseImpersonation(['Host', 'x', 'Accept', '*/*'])).toBeUndefined();
});

test('a user becomes authenticated', () => {
  expect(parseImpersonation(['Impersonate-User', 'jane'])).toMatchObject({
    checks: [{ apiGroup: '', resource: 'users', subresource: '', namespace: '', name: 'jane' }],
    identity: { name: 'jane', groups: ['system:authenticated'], extra: {} },
  });
});

test('asks for everything that is wanted, in order', () => {
  const headers = [
    ...['Impersonate-Extra-scopes', 'view'],
    ...['Impersonate-Group', 'a, b'],
    ...['impersonate-extra-Acme.com%2Fproject', 'p'],
    ...['Impersonate-Uid', '1'],
    ...['Impersonate-User', 'jane'],
    ...['impersonate-group', 'c'],
    ...['Impersonate-Extra-scopes', 'edit'],
  ];
  const nowhere = { namespace: '' };
  expect(parseImpersonation(headers)).toMatchObject({
    checks: [
      { apiGroup: '', resource: 'users', subresource: '', ...nowhere, name: 'jane' },
      { apiGroup: AUTHENTICATION, resource: 'uids', subresource: '', ...nowhere, name: '1' },
      { apiGroup: '', resource: 'groups', subresource: '', ...nowhere, name: 'a, b' },
      { apiGroup: '', resource: 'groups', subresource: '', ...nowhere, name: 'c' },
      { apiGroup: AUTHENTICATION, resource: 'userextras', subresource: 'scopes', ...nowhere, name: 'view' },
      { apiGroup: AUTHENTICATION, resource: 'userextras', subresource: 'scopes', ...nowhere, name: 'edit' },
      {
        apiGroup: AUTHENTICATION,
        resource: 'userextras',
        subresource: 'acme.com/project',
        ...nowhere,
        name: 'p',
      },
    ],
    identity: {
      name: 'jane',
      uid: '1',
      groups: ['a, b', 'c', 'system:authenticated'],
      extra: { scopes: ['view', 'edit'], 'acme.com/project': ['p'] },
    },
  });
});

test('a service account is one resource and has its groups', () => {
  expect(parseImpersonation(['Impersonate-User', 'system:serviceaccount:ns:robot'])).toMatchObject({
    checks: [{ apiGroup: '', resource: 'serviceaccounts', subresource: '', namespace: 'ns', name: 'robot' }],
    identity: {
      name: 'system:serviceaccount:ns:robot',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
      extra: {},
    },
  });
});

const groups: { name: string; headers: string[]; groups: string[] }[] = [
  {
    name: 'groups given for a service account replace its own',
    headers: ['Impersonate-User', 'system:serviceaccount:ns:robot', 'Impersonate-Group', 'g'],
    groups: ['g', 'system:authenticated'],
  },
  {
    name: 'system:authenticated is not added twice',
    headers: ['Impersonate-User', 'u', 'Impersonate-Group', 'system:authenticated'],
    groups: ['system:authenticated'],
  },
  {
    name: 'system:unauthenticated keeps it out',
    headers: ['Impersonate-User', 'u', 'Impersonate-Group', 'system:unauthenticated'],
    groups: ['system:unauthenticated'],
  },
  {
    name: 'anonymous is unauthenticated',
    headers: ['Impersonate-User', 'system:anonymous'],
    groups: ['system:unauthenticated'],
  },
];
for (const { name, headers, groups: expected } of groups)
  test(name, () => expect(parseImpersonation(headers)?.identity.groups).toEqual(expected));

test('a name that only looks like a service account is a user', () => {
  for (const user of [
    'system:serviceaccount:ns',
    'system:serviceaccount:ns:a:b',
    'system:serviceaccount:NS:a',
  ])
    expect(parseImpersonation(['Impersonate-User', user])?.checks[0]).toMatchObject({
      resource: 'users',
      name: user,
    });
});

for (const header of ['Impersonate-Group', 'Impersonate-Uid', 'Impersonate-Extra-x'])
  test(`refuses ${header} without a user`, () => {
    expect(() => parseImpersonation([header, 'v', 'Impersonate-User', ''])).toThrow(
      'without impersonating a user name',
    );
  });

test('says what was wanted without a user as upstream prints it', () => {
  const headers = ['Impersonate-Group', 'a', 'Impersonate-Group', 'b', 'Impersonate-Extra-Scopes', 'view'];
  expect(() => parseImpersonation(headers)).toThrow(
    'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"a", "b"}, Extra:map[string][]string{"scopes":[]string{"view"}}} without impersonating a user name',
  );
  expect(() => parseImpersonation(['Impersonate-Uid', '1'])).toThrow(
    'requested &user.DefaultInfo{Name:"", UID:"1", Groups:[]string(nil), Extra:map[string][]string(nil)} without impersonating a user name',
  );
});

test('reads names in UTF-8', () => {
  const wire = Buffer.from('zoë').toString('latin1');
  expect(parseImpersonation(['Impersonate-User', wire])?.identity.name).toBe('zoë');
});

test('a key cannot reach the prototype', () => {
  const { identity } = parseImpersonation(['Impersonate-User', 'u', 'Impersonate-Extra-__proto__', 'x'])!;
  expect(Object.getPrototypeOf(identity.extra)).toBe(Object.prototype);
  expect(Object.keys(identity.extra)).toEqual(['__proto__']);
});

test('knows its headers', () => {
  expect(['Impersonate-User', 'IMPERSONATE-EXTRA-a'].every(isImpersonationHeader)).toBe(true);
  expect(['Host', 'X-Impersonate-User', 'impersonate-'].some(isImpersonationHeader)).toBe(false);
});
