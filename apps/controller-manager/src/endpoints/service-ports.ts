import type { Pod, Service, ServicePort } from '@hawser/api';

/** A port of a Service as a certain pod serves it. */
export interface ResolvedPort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly appProtocol?: string;
}

/** The ports that a pod serves for a Service: those with a name that the pod does not have are left out. */
export function portsOf({ spec }: Service, pod: Pod): ResolvedPort[] {
  return (spec?.ports ?? []).flatMap((servicePort) => {
    const port = findPort(pod, servicePort);
    const { name = '', protocol = 'TCP', appProtocol } = servicePort;
    return port === undefined
      ? []
      : [{ name, protocol, port, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

/** The number behind a target port (`podutil.FindPort`): named ports are those of containers that go on running. */
export function findPort(
  { spec }: Pod,
  { port, targetPort = port, protocol = 'TCP' }: ServicePort,
): number | undefined {
  if (typeof targetPort === 'number') return targetPort;
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...sidecars, ...spec.containers]
    .flatMap(({ ports = [] }) => ports)
    .find(({ name, protocol: spoken = 'TCP' }) => name === targetPort && spoken === protocol)?.containerPort;
}
