import { describe, expect } from 'bun:test';
import { once } from 'node:events';
import http2 from 'node:http2';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure } from '../../cluster/expectations.ts';

const hub = shareCluster();
const NAMES = ['constructor', '__proto__', 'toString', 'hasOwnProperty'];

describe('a name that every object of the runtime has', () => {
  for (const name of NAMES) {
    hub.test(`such as ${name} is no resource, subresource, group or check`, async (cluster) => {
      const paths = [
        `/api/v1/${name}`,
        `/api/v1/namespaces/default/${name}/x`,
        `/api/v1/namespaces/default/pods/x/${name}`,
        `/apis/${name}/v1/pods`,
        `/apis/${name}`,
        `/api/${name}`,
        `/readyz/${name}`,
        `/openapi/v3/apis/${name}/v1`,
      ];
      for (const path of paths) expectFailure(await cluster.admin.get(path), 404, 'NotFound');
    });

    hub.test(`such as ${name} is a method that is refused, and no label of a metric`, async (cluster) => {
      const { ca, cert, key } = cluster.admin.identity;
      for (const identity of [{ ca }, { ca, cert, key }]) {
        const session = http2.connect(cluster.server, identity);
        for (const path of ['/api/v1/pods', '/version', '/api']) {
          const stream = session.request({ ':method': name, ':path': path });
          const [headers] = await once(stream, 'response');
          expect(headers[':status']).toBeWithin(400, 500);
          stream.close();
        }
        session.destroy();
      }
      const { text } = await cluster.admin.get('/metrics');
      expect(text.toLowerCase()).not.toContain(name.toLowerCase());
    });
  }
});
