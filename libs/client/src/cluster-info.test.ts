import { expect, test } from 'bun:test';
import { type ClusterInfo, formatClusterInfo, parseClusterInfo } from './cluster-info.ts';

const INFO: ClusterInfo = { server: 'https://192.0.2.1:6443', certificateAuthority: 'PEM\n' };

test('reads back, and has nobody in it', () => {
  const text = formatClusterInfo(INFO);
  expect(parseClusterInfo(text)).toEqual(INFO);
  expect(text).toContain('users: []');
});

test('reads what kubeadm writes', () => {
  const text = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: UEVNCg==
    server: https://192.0.2.1:6443
  name: ""
contexts: null
current-context: ""
kind: Config
preferences: {}
users: null
`;
  expect(parseClusterInfo(text)).toEqual(INFO);
});

const wrong: { name: string; text: string; says: string }[] = [
  { name: 'no kubeconfig', text: 'hello', says: 'not a kubeconfig' },
  { name: 'no cluster', text: 'kind: Config', says: 'it has 0' },
  {
    name: 'two clusters',
    text: 'kind: Config\nclusters: [{cluster: {server: "https://a"}}, {cluster: {server: "https://b"}}]',
    says: 'it has 2',
  },
  {
    name: 'a server that is not asked over TLS',
    text: formatClusterInfo({ ...INFO, server: 'http://a' }),
    says: 'no https URL',
  },
  { name: 'no CA', text: formatClusterInfo({ ...INFO, certificateAuthority: '' }), says: 'no certificate' },
];
for (const { name, text, says } of wrong)
  test(`refuses ${name}`, () => expect(() => parseClusterInfo(text)).toThrow(says));
