import { isHeadless, type ServiceObject } from './service-traits.ts';

const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';

/** What is not wrong with a Service, yet of no use (kubernetes/pkg/api/service `GetWarningsForService`). */
export function serviceWarnings({ metadata, spec = {} }: ServiceObject): string[] {
  const { type, externalIPs = [], externalName, loadBalancerIP, sessionAffinity, trafficDistribution } = spec;
  const headless = type === 'ClusterIP' && (isHeadless(spec) || spec.clusterIP === 'None');
  const warnings: (string | false | undefined)[] = [
    metadata.annotations?.[TOPOLOGY_HINTS] !== undefined &&
      `annotation ${TOPOLOGY_HINTS} is deprecated, please use ${TOPOLOGY_MODE} instead`,
    externalIPs.length > 0 && 'spec.externalIPs is deprecated',
    headless && !!loadBalancerIP && 'spec.loadBalancerIP is ignored for headless services',
    headless && externalIPs.length > 0 && 'spec.externalIPs is ignored for headless services',
    headless && sessionAffinity !== 'None' && 'spec.SessionAffinity is ignored for headless services',
    type === 'ExternalName' &&
      externalIPs.length > 0 &&
      'spec.externalIPs is ignored when spec.type is "ExternalName"',
    type !== 'ExternalName' &&
      !!externalName &&
      'spec.externalName is ignored when spec.type is not "ExternalName"',
    trafficDistribution === 'PreferClose' &&
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
  ];
  return warnings.filter((warning) => typeof warning === 'string');
}
