import type { Logger } from '@hawser/observability';
import { findTool } from '../node/find-tool.ts';
import { runCommand } from '../node/run-command.ts';
import { endpointKey } from '../services/endpoint.ts';
import type { IpFamily } from '../services/ip-family.ts';
import type { WantedPort } from '../services/wanted-services.ts';
import script from './flows.pl' with { type: 'text' };
import { type Flow, staleFlows } from './stale-flows.ts';

export interface FlowCleanerOptions {
  readonly family: IpFamily;
  readonly nodePortAddresses: () => readonly string[];
  readonly logger: Logger;
}

/** Has the kernel forget UDP flows to endpoints that are gone. */
export class FlowCleaner {
  /** Which endpoints UDP ports had when it was looked last. */
  #seen: string | undefined;

  constructor(private readonly options: FlowCleanerOptions) {}

  /** Looks, if anything about UDP has changed since. What fails is logged and tried again with the next change. */
  async clean(ports: readonly WantedPort[]): Promise<void> {
    const { family, nodePortAddresses, logger } = this.options;
    const seen = describeUdp(ports);
    if (seen === (this.#seen ?? '')) return;
    const perl = findTool('perl');
    if (perl === undefined) {
      logger.warn({}, 'no perl: UDP clients that keep their port may stay with endpoints that are gone');
      this.#seen = seen;
      return;
    }
    const run = (command: string, stdin = '') =>
      runCommand([perl, '-e', script, command, family === 'IPv4' ? '4' : '6'], stdin);
    try {
      const stale = staleFlows(parseFlows(await run('list')), ports, nodePortAddresses());
      if (stale.length > 0) await run('delete', stale.map(flowLine).join(''));
      this.#seen = seen;
      if (stale.length > 0)
        logger.debug({ flows: stale.length }, 'UDP flows to endpoints that are gone are forgotten');
    } catch (error) {
      logger.warn({ error }, 'cannot look after UDP flows to endpoints that are gone');
    }
  }
}

function describeUdp(ports: readonly WantedPort[]): string {
  return ports
    .filter(({ protocol }) => protocol === 'UDP')
    .map((port) => {
      const addresses = [
        port.clusterIP,
        port.port,
        port.nodePort,
        ...port.externalIPs,
        ...port.loadBalancerIPs,
      ];
      return `${addresses.join(' ')}: ${port.endpoints.serving.map(endpointKey).join(' ')}\n`;
    })
    .join('');
}

/** What `flows.pl list` prints. */
export function parseFlows(text: string): Flow[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [source = '', destination = '', from, to, answerer = '', answererPort] = line.split(' ');
      return {
        ...{ source, destination, sourcePort: Number(from), destinationPort: Number(to) },
        ...{ answerer, answererPort: Number(answererPort) },
      };
    });
}

const flowLine = ({ source, destination, sourcePort, destinationPort }: Flow): string =>
  `${source} ${destination} ${sourcePort} ${destinationPort}\n`;
