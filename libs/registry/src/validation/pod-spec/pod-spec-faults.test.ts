import { describe, expect, test } from 'bun:test';
import { completedPod, faultsOfPod } from './pod-faults.testing.ts';

interface Case {
  readonly name: string;
  readonly spec: object;
  readonly faults: readonly string[];
}

const container = (more: object) => ({ containers: [{ name: 'c', image: 'i', ...more }] });
const probe = (more: object) => container({ livenessProbe: { exec: { command: ['true'] }, ...more } });
const volume = (more: object) => ({ volumes: [{ name: 'v', ...more }] });
const mounted = (...volumeMounts: object[]) => ({
  volumes: [{ name: 'v', emptyDir: {} }],
  ...container({ volumeMounts }),
});
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/** What upstream says of each, word for word (kubernetes/pkg/apis/core/validation). */
const groups: Readonly<Record<string, readonly Case[]>> = {
  containers: [
    { name: 'none', spec: { containers: [] }, faults: ['spec.containers: Required value'] },
    {
      name: 'without name and image',
      spec: { containers: [{}] },
      faults: ['spec.containers[0].name: Required value', 'spec.containers[0].image: Required value'],
    },
    {
      name: 'a name that is no label',
      spec: { containers: [{ name: 'C_1', image: 'i' }] },
      faults: [`spec.containers[0].name: Invalid value: "C_1": ${LABEL}`],
    },
    {
      name: 'a name with a dot',
      spec: { containers: [{ name: 'a.b', image: 'i' }] },
      faults: ['spec.containers[0].name: Invalid value: "a.b": must not contain dots'],
    },
    {
      name: 'a name twice',
      spec: {
        containers: [
          { name: 'c', image: 'i' },
          { name: 'c', image: 'i' },
        ],
      },
      faults: ['spec.containers[1].name: Duplicate value: "c"'],
    },
    {
      name: 'an image with a blank',
      spec: { containers: [{ name: 'c', image: ' i' }] },
      faults: ['spec.containers[0].image: Invalid value: " i": must not have leading or trailing whitespace'],
    },
    {
      name: 'policies that are none',
      spec: container({ imagePullPolicy: 'Sometimes', terminationMessagePolicy: 'Log' }),
      faults: [
        'spec.containers[0].terminationMessagePolicy: Unsupported value: "Log": supported values: "File", "FallbackToLogsOnError"',
        'spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
      ],
    },
    {
      name: 'a restart policy of a container',
      spec: container({ restartPolicy: 'Always' }),
      faults: ['spec.containers[0].restartPolicy: Forbidden: may not be set for non-init containers'],
    },
    {
      name: 'init containers that probe',
      spec: { initContainers: [{ name: 'a', image: 'i', readinessProbe: { tcpSocket: { port: 80 } } }] },
      faults: [
        'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
      ],
    },
    {
      name: 'sidecars that probe',
      spec: {
        initContainers: [
          { name: 'a', image: 'i', restartPolicy: 'Always', readinessProbe: { tcpSocket: { port: 80 } } },
        ],
      },
      faults: [],
    },
    {
      name: 'an init container that restarts otherwise, under a name that is taken',
      spec: { initContainers: [{ name: 'c', image: 'i', restartPolicy: 'Never' }] },
      faults: [
        'spec.initContainers[0].restartPolicy: Unsupported value: "Never": supported values: "Always"',
        'spec.initContainers[0].name: Duplicate value: "c"',
      ],
    },
    {
      name: 'ephemeral ones of a new pod',
      spec: { ephemeralContainers: [{ name: 'debug', image: 'i', imagePullPolicy: 'Always' }] },
      faults: ['spec.ephemeralContainers: Forbidden: cannot be set on create'],
    },
  ],
  ports: [
    {
      name: 'out of range',
      spec: container({ ports: [{ containerPort: 0 }, { containerPort: 70000, hostPort: -1 }] }),
      faults: [
        'spec.containers[0].ports[0].containerPort: Required value',
        'spec.containers[0].ports[1].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
        'spec.containers[0].ports[1].hostPort: Invalid value: -1: must be between 1 and 65535, inclusive',
      ],
    },
    {
      name: 'a protocol that is none',
      spec: container({ ports: [{ containerPort: 80, protocol: 'tcp' }] }),
      faults: [
        'spec.containers[0].ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP"',
      ],
    },
    {
      name: 'names that are none',
      spec: container({ ports: [{ containerPort: 80, name: 'A--very-long-name' }] }),
      faults: [
        'must be no more than 15 bytes',
        'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        'must not contain consecutive hyphens',
      ].map((fault) => `spec.containers[0].ports[0].name: Invalid value: "A--very-long-name": ${fault}`),
    },
    {
      name: 'a name twice',
      spec: container({
        ports: [
          { containerPort: 80, name: 'web' },
          { containerPort: 81, name: 'web' },
        ],
      }),
      faults: ['spec.containers[0].ports[1].name: Duplicate value: "web"'],
    },
    {
      name: 'one of the node twice',
      spec: {
        containers: ['a', 'b'].map((name) => ({
          name,
          image: 'i',
          ports: [{ containerPort: 80, hostPort: 8080 }],
        })),
      },
      faults: ['spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//8080"'],
    },
    {
      name: 'another one of the node on its network',
      spec: { hostNetwork: true, ...container({ ports: [{ containerPort: 80, hostPort: 81 }] }) },
      faults: [
        'spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true',
      ],
    },
    {
      name: 'one twice is only warned of',
      spec: container({ ports: [{ containerPort: 80 }, { containerPort: 80 }] }),
      faults: [],
    },
  ],
  environment: [
    {
      name: 'names',
      spec: container({ env: [{ value: 'x' }, { name: 'A=B' }] }),
      faults: [
        'spec.containers[0].env[0].name: Required value',
        `spec.containers[0].env[1].name: Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII characters other than '='`,
      ],
    },
    {
      name: 'a variable twice is only warned of',
      spec: container({
        env: [
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
        ],
      }),
      faults: [],
    },
    {
      name: 'a value from nowhere, from two places, and beside one',
      spec: container({
        env: [
          { name: 'A', valueFrom: {} },
          {
            name: 'B',
            valueFrom: {
              configMapKeyRef: { name: 'm', key: 'k' },
              secretKeyRef: { name: 's', key: 'k' },
            },
          },
          { name: 'C', value: 'x', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
        ],
      }),
      faults: [
        'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
        'spec.containers[0].env[1].valueFrom: Invalid value: "": may not have more than one field specified at a time',
        'spec.containers[0].env[2].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
      ],
    },
    {
      name: 'fields of the pod that cannot be told',
      spec: container({
        env: ['spec.foo', 'status.phase', "metadata.labels['a b']"].map((fieldPath, i) => ({
          name: `A${i}`,
          valueFrom: { fieldRef: { fieldPath } },
        })),
      }),
      faults: [
        'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.foo": error converting fieldPath: field label not supported: spec.foo',
        'spec.containers[0].env[1].valueFrom.fieldRef.fieldPath: Unsupported value: "status.phase": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"',
        `spec.containers[0].env[2].valueFrom.fieldRef: Invalid value: "a b": ${QUALIFIED}`,
      ],
    },
    {
      name: 'resources that cannot be told',
      spec: container({
        env: [
          { name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.disk' } } },
          { name: 'B', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '2' } } },
        ],
      }),
      faults: [
        'spec.containers[0].env[0].valueFrom.resourceFieldRef.resource: Unsupported value: "limits.disk": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"',
        `spec.containers[0].env[1].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
      ],
    },
    {
      name: 'wholesale from nowhere, and from what has no name',
      spec: container({ envFrom: [{}, { prefix: 'é', secretRef: {} }] }),
      faults: [
        'spec.containers[0].envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`',
        `spec.containers[0].envFrom[1].prefix: Invalid value: "é": a valid environment variable name must consist only of printable ASCII characters other than '='`,
        'spec.containers[0].envFrom[1].secretRef.name: Required value',
      ],
    },
  ],
  'probes and hooks': [
    {
      name: 'a probe without a handler',
      spec: container({ livenessProbe: {} }),
      faults: ['spec.containers[0].livenessProbe: Required value: must specify a handler type'],
    },
    {
      name: 'a probe with two',
      spec: probe({ tcpSocket: { port: 80 } }),
      faults: [
        'spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type',
      ],
    },
    {
      name: 'a probe with bad numbers',
      spec: probe({ periodSeconds: -1, successThreshold: 2, terminationGracePeriodSeconds: 0 }),
      faults: [
        'spec.containers[0].livenessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0',
        'spec.containers[0].livenessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0',
        'spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1',
      ],
    },
    {
      name: 'a probe over HTTP',
      spec: container({
        readinessProbe: {
          httpGet: { port: 'web_1', scheme: 'FTP', httpHeaders: [{ name: 'a b', value: '' }] },
        },
      }),
      faults: [
        'spec.containers[0].readinessProbe.httpGet.port: Invalid value: "web_1": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        'spec.containers[0].readinessProbe.httpGet.scheme: Unsupported value: "FTP": supported values: "HTTP", "HTTPS"',
        `spec.containers[0].readinessProbe.httpGet.httpHeaders: Invalid value: "a b": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')`,
      ],
    },
    {
      name: 'hooks',
      spec: container({ lifecycle: { postStart: { exec: {} }, preStop: { sleep: { seconds: 31 } } } }),
      faults: [
        'spec.containers[0].lifecycle.postStart.exec.command: Required value',
        'spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)',
      ],
    },
  ],
  volumes: [
    {
      name: 'a name that steps out',
      spec: { volumes: [{ name: '../../etc', emptyDir: {} }] },
      faults: [`spec.volumes[0].name: Invalid value: "../../etc": ${LABEL}`],
    },
    {
      name: 'without name and source',
      spec: { volumes: [{}] },
      faults: [
        'spec.volumes[0]: Required value: must specify a volume type',
        'spec.volumes[0].name: Required value',
      ],
    },
    {
      name: 'a name twice',
      spec: {
        volumes: [
          { name: 'v', emptyDir: {} },
          { name: 'v', emptyDir: {} },
        ],
      },
      faults: ['spec.volumes[1].name: Duplicate value: "v"'],
    },
    {
      name: 'two sources',
      spec: volume({ emptyDir: {}, secret: { secretName: 's' } }),
      faults: ['spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type'],
    },
    {
      name: 'sources that name nothing',
      spec: {
        volumes: [
          { name: 'a', configMap: {} },
          { name: 'b', secret: {} },
          { name: 'c', persistentVolumeClaim: {} },
          { name: 'd', hostPath: {} },
          { name: 'e', nfs: {} },
        ],
      },
      faults: [
        'spec.volumes[0].configMap.name: Required value',
        'spec.volumes[1].secret.secretName: Required value',
        'spec.volumes[2].persistentVolumeClaim.claimName: Required value',
        'spec.volumes[3].hostPath.path: Required value',
        'spec.volumes[4].nfs.server: Required value',
        'spec.volumes[4].nfs.path: Required value',
        'spec.volumes[4].nfs.path: Invalid value: "": must be an absolute path',
      ],
    },
    {
      name: 'paths that step out',
      spec: volume({
        configMap: {
          name: 'm',
          defaultMode: 512,
          items: [
            { key: 'k', path: '../x' },
            { key: 'k', path: '/x' },
            { key: 'k', path: '..data' },
            { path: 'a' },
          ],
        },
      }),
      faults: [
        'spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
        `spec.volumes[0].configMap.items[0].path: Invalid value: "../x": must not contain '..'`,
        'spec.volumes[0].configMap.items[1].path: Invalid value: "/x": must be a relative path',
        `spec.volumes[0].configMap.items[2].path: Invalid value: "..data": must not start with '..'`,
        'spec.volumes[0].configMap.items[3].key: Required value',
      ],
    },
    {
      name: 'a path of the node with steps back, of an unknown type',
      spec: volume({ hostPath: { path: '/x/../etc', type: 'Pipe' } }),
      faults: [
        `spec.volumes[0].hostPath.path: Invalid value: "/x/../etc": must not contain '..'`,
        'spec.volumes[0].hostPath.type: Unsupported value: "Pipe": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
      ],
    },
    {
      name: 'projected sources',
      spec: {
        serviceAccountName: 'a',
        ...volume({
          projected: {
            sources: [
              { serviceAccountToken: { path: 't', expirationSeconds: 60 } },
              { secret: { items: [{ key: 'k', path: 'a' }] }, configMap: { name: 'm' } },
              { configMap: { name: 'm', items: [{ key: 'k', path: 'a' }] } },
              { serviceAccountToken: { path: '../t' } },
            ],
          },
        }),
      },
      faults: [
        'spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
        'spec.volumes[0].projected.sources[1].secret.name: Required value',
        'spec.volumes[0].projected.sources[1]: Forbidden: may not specify more than 1 volume type per source',
        'spec.volumes[0].projected: Invalid value: "m": conflicting duplicate paths',
        `spec.volumes[0].projected.path: Invalid value: "../t": must not contain '..'`,
      ],
    },
    {
      name: 'a token of nobody',
      spec: volume({ projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }),
      faults: [
        'spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set',
      ],
    },
    {
      name: 'facts about the pod',
      spec: volume({ downwardAPI: { items: [{ path: 'a' }, { fieldRef: { fieldPath: 'spec.nodeName' } }] } }),
      faults: [
        'spec.volumes[0].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required',
        'spec.volumes[0].downwardAPI.path: Required value',
        'spec.volumes[0].downwardAPI.fieldRef.fieldPath: Unsupported value: "spec.nodeName": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"',
      ],
    },
    {
      name: 'as they are usually written',
      spec: {
        serviceAccountName: 'a',
        volumes: [
          { name: 'config', configMap: { name: 'c', items: [{ key: 'k', path: 'a/b..c' }] } },
          { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
          { name: 'host', hostPath: { path: '/var/log' } },
        ],
        ...container({
          volumeMounts: [
            { name: 'config', mountPath: '/a' },
            { name: 'config', mountPath: '/b', subPath: 'a' },
            { name: 'host', mountPath: '/c' },
          ],
        }),
      },
      faults: [],
    },
  ],
  mounts: [
    {
      name: 'of no volume, without a path',
      spec: mounted({ name: 'w' }),
      faults: [
        'spec.containers[0].volumeMounts[0].name: Not found: "w"',
        'spec.containers[0].volumeMounts[0].mountPath: Required value',
      ],
    },
    {
      name: 'two at one path',
      spec: mounted({ name: 'v', mountPath: '/a' }, { name: 'v', mountPath: '/a' }),
      faults: ['spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/a": must be unique'],
    },
    {
      name: 'sub paths that step out',
      spec: mounted(
        { name: 'v', mountPath: '/a', subPath: 'x/../..' },
        { name: 'v', mountPath: '/b', subPath: '/etc' },
        { name: 'v', mountPath: '/c', subPath: 'a', subPathExpr: '$(A)' },
      ),
      faults: [
        `spec.containers[0].volumeMounts.subPath: Invalid value: "x/../..": must not contain '..'`,
        'spec.containers[0].volumeMounts.subPath: Invalid value: "/etc": must be a relative path',
        'spec.containers[0].volumeMounts[2].subPathExpr: Invalid value: "$(A)": subPathExpr and subPath are mutually exclusive',
      ],
    },
    {
      name: 'that lead out of the container',
      spec: mounted({ name: 'v', mountPath: '/a', mountPropagation: 'Bidirectional' }),
      faults: [
        'spec.containers[0].volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers',
      ],
    },
    {
      name: 'of devices that are none',
      spec: {
        volumes: [{ name: 'v', emptyDir: {} }],
        ...container({ volumeDevices: [{ name: 'v', devicePath: '/dev/../a' }] }),
      },
      faults: [
        'spec.containers[0].volumeDevices[0].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
        `spec.containers[0].volumeDevices[0].devicePath: Invalid value: "/dev/../a": can not contain backsteps ('..')`,
      ],
    },
  ],
  resources: [
    {
      name: 'more asked for than allowed',
      spec: container({
        resources: { requests: { cpu: '2', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } },
      }),
      faults: [
        'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
      ],
    },
    {
      name: 'names and amounts',
      spec: container({ resources: { limits: { disk: '1', cpu: '-1', 'example.com/gpu': '500m' } } }),
      faults: [
        'spec.containers[0].resources.limits[disk]: Invalid value: "disk": must be a standard resource type or fully qualified',
        'spec.containers[0].resources.limits[disk]: Invalid value: "disk": must be a standard resource for containers',
        'spec.containers[0].resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
        'spec.containers[0].resources.limits[example.com/gpu]: Invalid value: "500m": must be an integer',
        ...['disk', 'cpu', 'example.com/gpu'].flatMap((name) =>
          name === 'disk'
            ? [
                'spec.containers[0].resources.requests[disk]: Invalid value: "disk": must be a standard resource type or fully qualified',
                'spec.containers[0].resources.requests[disk]: Invalid value: "disk": must be a standard resource for containers',
              ]
            : name === 'cpu'
              ? [
                  'spec.containers[0].resources.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0',
                ]
              : [
                  'spec.containers[0].resources.requests[example.com/gpu]: Invalid value: "500m": must be an integer',
                ],
        ),
      ],
    },
    {
      name: 'devices without a limit, huge pages without memory',
      spec: container({
        resources: { requests: { 'example.com/gpu': '1' }, limits: { 'hugepages-2Mi': '3Mi' } },
      }),
      faults: [
        'spec.containers[0].resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
        'spec.containers[0].resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
        'spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources',
        'spec.containers[0].resources: Forbidden: HugePages require cpu or memory',
      ],
    },
    {
      name: 'a claim that the pod has not',
      spec: container({ resources: { claims: [{ name: 'gpu' }] } }),
      faults: [
        'spec.containers[0].resources.claims[0]: Not found: "gpu": must be one of the names in pod.spec.resourceClaims which is empty',
      ],
    },
  ],
  policies: [
    {
      name: 'that are none',
      spec: { restartPolicy: 'Sometimes', dnsPolicy: 'Cluster', preemptionPolicy: 'Maybe' },
      faults: [
        'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
        'spec.dnsPolicy: Unsupported value: "Cluster": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
        'spec.preemptionPolicy: Unsupported value: "Maybe": supported values: "PreemptLowerPriority", "Never"',
      ],
    },
    {
      name: 'no name servers at all',
      spec: { dnsPolicy: 'None' },
      faults: ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
    },
    {
      name: 'resolver settings',
      spec: {
        dnsConfig: {
          nameservers: ['1.1.1.1', '1.1.1.2', '2001:DB8::1', 'one'],
          searches: ['a b'],
          options: [{ value: '1' }],
        },
      },
      faults: [
        'spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","1.1.1.2","2001:DB8::1","one"]: must not have more than 3 nameservers',
        'spec.dnsConfig.nameservers[2]: Invalid value: "2001:DB8::1": must be in canonical form ("2001:db8::1")',
        'spec.dnsConfig.nameservers[3]: Invalid value: "one": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
        `spec.dnsConfig.searches[0]: Invalid value: "a b": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')`,
        'spec.dnsConfig.options[0]: Required value: must not be empty',
      ],
    },
    {
      name: 'names and times',
      spec: {
        hostname: 'A',
        subdomain: 'b.c',
        nodeName: 'n_1',
        serviceAccountName: 'S',
        activeDeadlineSeconds: 0,
        priorityClassName: 'P',
        runtimeClassName: 'R',
      },
      faults: [
        `spec.serviceAccountName: Invalid value: "S": ${SUBDOMAIN}`,
        `spec.nodeName: Invalid value: "n_1": ${SUBDOMAIN}`,
        'spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive',
        `spec.hostname: Invalid value: "A": ${LABEL}`,
        'spec.subdomain: Invalid value: "b.c": must not contain dots',
        `spec.priorityClassName: Invalid value: "P": ${SUBDOMAIN}`,
        `spec.runtimeClassName: Invalid value: "R": ${SUBDOMAIN}`,
      ],
    },
    {
      name: 'lines of the hosts file',
      spec: { hostAliases: [{ ip: '1.1.1', hostnames: ['a_b'] }] },
      faults: [
        'spec.hostAliases[0].ip: Invalid value: "1.1.1": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
        `spec.hostAliases[0].hostnames[0]: Invalid value: "a_b": ${SUBDOMAIN}`,
      ],
    },
  ],
  placement: [
    {
      name: 'labels of nodes',
      spec: { nodeSelector: { 'a/b/c': 'x' } },
      faults: [
        `spec.nodeSelector: Invalid value: "a/b/c": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
      ],
    },
    {
      name: 'tolerations',
      spec: {
        tolerations: [
          { operator: 'Equal' },
          { key: 'a', operator: 'Exists', value: 'x' },
          { key: 'a', tolerationSeconds: 1, effect: 'NoSchedule' },
          { key: 'a', operator: 'Like', effect: 'Never' },
        ],
      },
      faults: [
        'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
        'spec.tolerations[1].operator: Invalid value: "x": value must be empty when `operator` is \'Exists\'',
        'spec.tolerations[2].effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set',
        'spec.tolerations[3].operator: Unsupported value: "Like": supported values: "Equal", "Exists"',
        'spec.tolerations[3].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      ],
    },
    {
      name: 'affinity to nodes',
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                {
                  matchExpressions: [
                    { key: 'a', operator: 'In' },
                    { key: 'a', operator: 'Gt', values: ['1', '2'] },
                  ],
                  matchFields: [{ key: 'metadata.uid', operator: 'In', values: ['x'] }],
                },
              ],
            },
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 101, preference: {} }],
          },
        },
      },
      faults: [
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[1].values: Required value: must be specified single value when `operator` is 'Lt' or 'Gt'",
        'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].key: Invalid value: "metadata.uid": not a valid field selector key',
        'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: must be in the range 1-100',
      ],
    },
    {
      name: 'affinity to pods',
      spec: {
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { namespaces: ['A'], matchLabelKeys: ['a'], topologyKey: '' },
            ],
          },
        },
      },
      faults: [
        `spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].namespace: Invalid value: "A": ${LABEL}`,
        'spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set',
        'spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty',
        'spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "": name part must be non-empty',
      ],
    },
    {
      name: 'spread',
      spec: {
        topologySpreadConstraints: [
          { maxSkew: 0, topologyKey: 'z', whenUnsatisfiable: 'ScheduleAnyway', minDomains: 1 },
          { maxSkew: 1, topologyKey: 'z', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: {} },
          { maxSkew: 1, whenUnsatisfiable: 'Wait' },
        ],
      },
      faults: [
        'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
        'spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{z, ScheduleAnyway}"',
        'spec.topologySpreadConstraints[0].minDomains: Invalid value: 1: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway',
        'spec.topologySpreadConstraints[2].topologyKey: Required value: can not be empty',
        'spec.topologySpreadConstraints[2].whenUnsatisfiable: Unsupported value: "Wait": supported values: "DoNotSchedule", "ScheduleAnyway"',
      ],
    },
    {
      name: 'gates of a pod that is placed already',
      spec: { nodeName: 'n', schedulingGates: [{ name: 'a' }, { name: 'a' }] },
      faults: [
        'spec.schedulingGates[1]: Duplicate value: "a"',
        'spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared',
      ],
    },
  ],
  privileges: [
    {
      name: 'of the pod',
      spec: {
        hostPID: true,
        shareProcessNamespace: true,
        securityContext: {
          runAsUser: -1,
          supplementalGroups: [2 ** 31],
          fsGroupChangePolicy: 'Never',
          sysctls: [{ name: 'a b' }, { name: 'a.b' }, { name: 'a.b' }],
          seccompProfile: { type: 'Localhost' },
          appArmorProfile: { type: 'RuntimeDefault', localhostProfile: 'x' },
        },
      },
      faults: [
        'spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive',
        'spec.securityContext.supplementalGroups[0]: Invalid value: 2147483648: must be between 0 and 2147483647, inclusive',
        'spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled',
        'spec.securityContext.sysctls[0].name: Invalid value: "a b": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
        'spec.securityContext.sysctls[2].name: Duplicate value: "a.b"',
        'spec.securityContext.fsGroupChangePolicy: Unsupported value: "Never": supported values: "Always", "OnRootMismatch"',
        'spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
        'spec.securityContext.appArmorProfile.localhostProfile: Invalid value: "x": can only be set when AppArmor type is Localhost',
      ],
    },
    {
      name: 'of a container',
      spec: container({
        securityContext: {
          runAsGroup: -1,
          procMount: 'Unmasked',
          privileged: true,
          allowPrivilegeEscalation: false,
        },
      }),
      faults: [
        'spec.containers[0].securityContext.runAsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive',
        'spec.containers[0].securityContext.procMount: Invalid value: "Unmasked": `hostUsers` must be false to use `Unmasked`',
        'spec.containers[0].securityContext: Invalid value: {"runAsGroup":-1,"procMount":"Unmasked","privileged":true,"allowPrivilegeEscalation":false}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
      ],
    },
    {
      name: 'users of its own on the network of the node',
      spec: { hostUsers: false, hostNetwork: true, hostPID: true },
      faults: [
        'spec.hostNetwork: Forbidden: when `pod.Spec.HostUsers` is false',
        'spec.HostPID: Forbidden: when `pod.Spec.HostUsers` is false',
      ],
    },
  ],
};

for (const [group, cases] of Object.entries(groups))
  describe(group, () => {
    test.each([...cases])('$name', ({ spec, faults }) =>
      expect(faultsOfPod(completedPod(spec))).toEqual([...faults]),
    );
  });
