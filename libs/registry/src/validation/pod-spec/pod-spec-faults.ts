import { duplicate, type FieldError, invalidValue, notSupported, required } from '@hawser/api';
import { dnsLabelFault, dnsSubdomainFault, labelValueFault, qualifiedNameFault } from '../names.ts';
import { containerResourceNameFaults } from '../resource-names.ts';
import { MAX_INT32, rangeFaults, textFaults } from '../value-faults.ts';
import { affinityFaults } from './affinity-faults.ts';
import {
  containersFaults,
  ephemeralContainersFaults,
  imageFaults,
  initContainersFaults,
} from './container-faults.ts';
import { dnsConfigFaults, hostAliasFaults } from './dns-faults.ts';
import { schedulingGateFaults, tolerationFaults, topologySpreadFaults } from './placement-faults.ts';
import type { PodSpec } from './pod-types.ts';
import { podResourceNameFaults, resourceRequirementsFaults } from './resource-faults.ts';
import { hostUsersFaults, podSecurityContextFaults } from './security-context-faults.ts';
import { checkVolumes } from './volume-faults.ts';

/** Where a PodSpec stands: in a Pod, or in the template of one (Deployment, Job …), which may be looser. */
export interface PodSpecPlace {
  readonly isPod: boolean;
}

/**
 * Faults of a completed PodSpec, wherever it stands, in upstream's order and with its words
 * (kubernetes/pkg/apis/core/validation, ValidatePodSpec). The tables' own rules do not look into it.
 * @param at the path of the spec: `spec` in a pod, `spec.template.spec` in what makes pods.
 */
export function podSpecFaults(
  spec: PodSpec,
  at: string,
  { isPod }: PodSpecPlace = { isPod: false },
): FieldError[] {
  const { faults, volumes } = checkVolumes(`${at}.volumes`, spec.volumes);
  const claimNames = new Set((spec.resourceClaims ?? []).map(({ name }) => name).filter(Boolean));
  const surroundings = { spec, volumes, claimNames };
  return [
    ...(spec.terminationGracePeriodSeconds === undefined
      ? [required(`${at}.terminationGracePeriodSeconds`)]
      : []),
    ...faults,
    ...claimFaults(`${at}.resourceClaims`, spec.resourceClaims),
    ...containersFaults(`${at}.containers`, surroundings),
    ...initContainersFaults(`${at}.initContainers`, surroundings),
    ...ephemeralContainersFaults(`${at}.ephemeralContainers`, surroundings),
    ...(spec.resources
      ? resourceRequirementsFaults(`${at}.resources`, spec.resources, podResourceNameFaults, claimNames)
      : []),
    ...hostNetworkFaults(`${at}.containers`, spec, isPod),
    ...oneOf(`${at}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...oneOf(`${at}.dnsPolicy`, spec.dnsPolicy, DNS_POLICIES),
    ...labelsFaults(`${at}.nodeSelector`, spec.nodeSelector),
    ...podSecurityContextFaults(`${at}.securityContext`, spec),
    ...affinityFaults(`${at}.affinity`, spec.affinity),
    ...dnsConfigFaults(`${at}.dnsConfig`, spec),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType = '' }, i) =>
      textFaults(`${at}.readinessGates[${i}].conditionType`, conditionType, qualifiedNameFault),
    ),
    ...schedulingGateFaults(`${at}.schedulingGates`, spec.schedulingGates),
    ...topologySpreadFaults(`${at}.topologySpreadConstraints`, spec.topologySpreadConstraints),
    ...hostUsersFaults(at, spec),
    ...nameFieldFaults(at, spec),
    ...tolerationFaults(`${at}.tolerations`, spec.tolerations),
    ...hostAliasFaults(`${at}.hostAliases`, spec.hostAliases),
    ...classFaults(at, spec),
    ...(isPod ? podOnlyFaults(at, spec) : []),
  ];
}

const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];

function oneOf(at: string, value: string | undefined, valid: readonly string[]): FieldError[] {
  if (!value) return [required(at)];
  return valid.includes(value) ? [] : [notSupported(at, value, valid)];
}

function labelsFaults(at: string, labels: Readonly<Record<string, string>> = {}): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...textFaults(at, key, qualifiedNameFault),
    ...textFaults(at, value, labelValueFault),
  ]);
}

function claimFaults(at: string, claims: PodSpec['resourceClaims'] = []): FieldError[] {
  const names = new Set<string>();
  return claims.flatMap((claim, i) => {
    const path = `${at}[${i}]`;
    const { name, resourceClaimName: own, resourceClaimTemplateName: template } = claim;
    const faults = !name
      ? [required(`${path}.name`)]
      : names.has(name)
        ? [duplicate(`${path}.name`, name)]
        : textFaults(`${path}.name`, name, dnsLabelFault);
    names.add(name);
    if (own !== undefined && template !== undefined)
      faults.push(
        invalidValue(
          path,
          claim,
          'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
        ),
      );
    if (own === undefined && template === undefined)
      faults.push(
        invalidValue(path, claim, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'),
      );
    for (const field of ['resourceClaimName', 'resourceClaimTemplateName'] as const)
      if (claim[field] !== undefined)
        faults.push(...textFaults(`${path}.${field}`, claim[field], dnsSubdomainFault));
    return faults;
  });
}

/** On the node's network the port of the node is that of the container. */
function hostNetworkFaults(
  at: string,
  { hostNetwork, containers = [] }: PodSpec,
  isPod: boolean,
): FieldError[] {
  if (!hostNetwork) return [];
  return containers.flatMap(({ ports = [] }, i) =>
    ports.flatMap(({ hostPort = 0, containerPort = 0 }, j) =>
      (isPod || hostPort !== 0) && hostPort !== containerPort
        ? [
            invalidValue(
              `${at}[${i}].ports[${j}].hostPort`,
              hostPort,
              'must match `containerPort` when `hostNetwork` is true',
            ),
          ]
        : [],
    ),
  );
}

function nameFieldFaults(at: string, spec: PodSpec): FieldError[] {
  const named = (field: 'serviceAccountName' | 'nodeName' | 'hostname' | 'subdomain') =>
    spec[field]
      ? textFaults(
          `${at}.${field}`,
          spec[field],
          field === 'hostname' || field === 'subdomain' ? dnsLabelFault : dnsSubdomainFault,
        )
      : [];
  return [
    ...named('serviceAccountName'),
    ...named('nodeName'),
    ...rangeFaults(`${at}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 1, MAX_INT32),
    ...named('hostname'),
    ...named('subdomain'),
  ];
}

function classFaults(at: string, spec: PodSpec): FieldError[] {
  const { priorityClassName, runtimeClassName, preemptionPolicy, overhead, os } = spec;
  return [
    ...(priorityClassName ? textFaults(`${at}.priorityClassName`, priorityClassName, dnsSubdomainFault) : []),
    ...(runtimeClassName === undefined
      ? []
      : textFaults(`${at}.runtimeClassName`, runtimeClassName, dnsSubdomainFault)),
    ...(preemptionPolicy === undefined
      ? []
      : oneOf(`${at}.preemptionPolicy`, preemptionPolicy, ['PreemptLowerPriority', 'Never'])),
    ...(overhead
      ? resourceRequirementsFaults(
          `${at}.overhead`,
          { limits: overhead },
          containerResourceNameFaults,
          new Set(),
        )
      : []),
    ...(os === undefined
      ? []
      : !os.name
        ? [required(`${at}.os.name`, 'cannot be empty')]
        : ['linux', 'windows'].includes(os.name)
          ? []
          : [notSupported(`${at}.os`, os.name, ['linux', 'windows'])]),
  ];
}

function podOnlyFaults(at: string, { containers = [], initContainers = [] }: PodSpec): FieldError[] {
  return [
    ...containers.flatMap((container, i) => imageFaults(`${at}.containers[${i}]`, container)),
    ...initContainers.flatMap((container, i) => imageFaults(`${at}.initContainers[${i}]`, container)),
  ];
}
