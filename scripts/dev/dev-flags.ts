import { defineFlags, type Options } from '@hawser/config';

export const DEV_FLAGS = defineFlags({
  nodes: { type: 'int', help: 'How many nodes; as the last time if not given, at first 1.' },
  egress: {
    type: 'string',
    help: 'How the hub reaches nodes; as the last time if not given, at first konnectivity.',
    oneOf: ['direct', 'ssh', 'konnectivity'],
  },
  network: {
    type: 'string',
    help: 'Where nodes have their addresses: loopback (127.0.1.N), or netns, each a host of its own in a network namespace (root, Linux); as the last time if not given, at first loopback.',
    oneOf: ['loopback', 'netns'],
  },
});

export type DevOptions = Options<typeof DEV_FLAGS>;
