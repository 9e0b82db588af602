import { afterEach, expect, test } from 'bun:test';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger as logger } from '@hawser/observability';
import { NodeLinks } from './node-links.ts';
import { parsePodCidr } from './pod-cidr.ts';

const directory = mkdtempSync(join(tmpdir(), 'node-links-'));
afterEach(() => rmSync(directory, { recursive: true }));

/** Stands for ip and bridge: writes down what it is told, gets to all hosts but one, and fails at one line of each batch. */
const TOOL = `#!/bin/sh
echo "$(basename $0) $*" >>${directory}/calls
case "$*" in
  *batch*) while read -r line; do
      echo "$line" >>${directory}/lines
      case "$line" in
        'route get 0.0.0.0') ;;
        'route get '*) echo "[{\\"dst\\":\\"\${line#route get }\\",\\"dev\\":\\"eth0\\"}]" ;;
      esac
    done
    exit 1 ;;
  *) echo '[]' ;;
esac
`;

test('routes to many nodes take few commands, and a node that says nonsense keeps no others apart', async () => {
  const [ip, bridge] = ['ip', 'bridge'].map((name) => join(directory, name)) as [string, string];
  for (const tool of [ip, bridge]) {
    writeFileSync(tool, TOOL);
    chmodSync(tool, 0o755);
  }
  const tools = { ip, bridge, unshare: ip, nsenter: ip, nft: undefined };
  const links = new NodeLinks({ tools, nodeIp: '10.0.0.250', logger });
  const peers = Array.from({ length: 100 }, (_, i) => ({
    podCidr: parsePodCidr(`10.244.${i + 1}.0/24`)!,
    nodeIp: i === 0 ? '0.0.0.0' : `10.0.0.${i + 1}`,
  }));
  await expect(links.route(parsePodCidr('10.244.0.0/24')!, peers)).rejects.toThrow('-batch');
  const [calls, lines] = ['calls', 'lines'].map((name) =>
    readFileSync(join(directory, name), 'utf8').trim().split('\n'),
  ) as [string[], string[]];
  expect(calls.length).toBeLessThan(10);
  for (const { podCidr, nodeIp } of peers.slice(1))
    expect(lines).toContain(`route replace ${podCidr.text} proto 77 via ${nodeIp} dev eth0`);
});
