import type { Scenario, ScenarioGroup } from '../scenario.ts';

const core = (resource: string) => `/api/v1/namespaces/{ns}/${resource}`;

/** `kubectl create KIND` of kinds that others are kept by. */
const services: readonly Scenario[] = [
  {
    name: 'create service clusterip',
    steps: [
      {
        run: 'create service clusterip s --tcp=80:8080',
        stdout: 'service/s created\n',
        state: {
          [core('services/s')]: {
            spec: {
              type: 'ClusterIP',
              selector: { app: 's' },
              ports: [{ name: '80-8080', protocol: 'TCP', port: 80, targetPort: 8080 }],
              sessionAffinity: 'None',
              internalTrafficPolicy: 'Cluster',
              ipFamilies: ['IPv4'],
              ipFamilyPolicy: 'SingleStack',
            },
            status: { loadBalancer: {} },
          },
        },
      },
      { run: "get service s -o 'jsonpath={.spec.clusterIP}'", stdout: /^10\.96\.\d+\.\d+$/ },
      {
        run: 'get service s',
        stdout:
          /^NAME +TYPE +CLUSTER-IP +EXTERNAL-IP +PORT\(S\) +AGE\ns +ClusterIP +10\.96\.\d+\.\d+ +<none> +80\/TCP +\S+\n$/,
      },
      {
        run: 'create service clusterip none --clusterip=None',
        stdout: 'service/none created\n',
        state: { [core('services/none')]: { spec: { clusterIP: 'None' } } },
      },
    ],
  },
  {
    name: 'create service nodeport',
    steps: [
      { run: 'create service nodeport s --tcp=80', stdout: 'service/s created\n' },
      {
        run: "get service s -o 'jsonpath={.spec.type} {.spec.ports[0].nodePort}'",
        stdout: /^NodePort 3[0-2]\d{3}$/,
      },
      {
        run: 'create service nodeport bad --tcp=80 --node-port=80',
        exitCode: 1,
        stderr:
          /^error: failed to create NodePort service: Service "bad" is invalid: spec\.ports\[0\]\.nodePort: Invalid value: 80: provided port is not in the valid range\. The range of valid ports is 30000-32767\n$/,
      },
    ],
  },
  {
    name: 'create service loadbalancer',
    steps: [
      { run: 'create service loadbalancer s --tcp=80', stdout: 'service/s created\n' },
      { run: 'get service s', stdout: /^s +LoadBalancer +10\.96\.\d+\.\d+ +<pending> +80:3\d{4}\/TCP /m },
    ],
  },
  {
    name: 'create service externalname',
    steps: [
      { run: 'create service externalname s --external-name=example.org', stdout: 'service/s created\n' },
      { run: 'get service s', stdout: /^s +ExternalName +<none> +example\.org +<none> /m },
    ],
  },
  {
    name: 'create quota',
    steps: [
      {
        run: 'create quota q --hard=pods=1,configmaps=2 --scopes=NotTerminating --dry-run=client -o yaml',
        stdout: /^ {2}- NotTerminating$/m,
      },
      {
        run: 'create quota q --hard=configmaps=2,secrets=1',
        stdout: 'resourcequota/q created\n',
      },
      {
        state: { [core('resourcequotas/q')]: { status: { hard: { configmaps: '2', secrets: '1' } } } },
        eventually: true,
      },
      { run: 'create secret generic one', stdout: 'secret/one created\n' },
      {
        run: 'create secret generic two',
        exitCode: 1,
        stderr:
          'error: failed to create secret secrets "two" is forbidden: exceeded quota: q, requested: secrets=1, used: secrets=1, limited: secrets=1\n',
      },
      { run: 'get quota q', stdout: /^NAME +(AGE +)?REQUEST/m },
      { run: 'describe quota q', stdout: /^secrets +1 +1$/m },
    ],
  },
  {
    name: 'create poddisruptionbudget',
    steps: [
      {
        run: 'create poddisruptionbudget b --selector=app=web --min-available=1',
        stdout: 'poddisruptionbudget.policy/b created\n',
        state: {
          '/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets/b': {
            spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
          },
        },
      },
      {
        run: 'get pdb b',
        stdout: /^NAME +MIN AVAILABLE +MAX UNAVAILABLE +ALLOWED DISRUPTIONS +AGE\nb +1 +N\/A +0 +/,
      },
      {
        run: 'create pdb c --selector=app=db --max-unavailable=50%',
        stdout: 'poddisruptionbudget.policy/c created\n',
      },
    ],
  },
  {
    name: 'create priorityclass',
    steps: [
      {
        run: 'create priorityclass high-{id} --value=1000 --description="for the crew" --preemption-policy=Never',
        stdout: 'priorityclass.scheduling.k8s.io/high-{id} created\n',
        state: {
          '/apis/scheduling.k8s.io/v1/priorityclasses/high-{id}': {
            value: 1000,
            description: 'for the crew',
            preemptionPolicy: 'Never',
          },
        },
      },
      {
        run: 'get priorityclass high-{id}',
        stdout:
          /^NAME +VALUE +GLOBAL-DEFAULT +AGE +PREEMPTIONPOLICY\nhigh-{id} +1000 +false +\S+ +Never\n$|^NAME +VALUE +GLOBAL-DEFAULT +AGE\n/,
      },
      { run: 'delete priorityclass high-{id}' },
    ],
  },
  {
    name: 'expose pod',
    steps: [
      { run: 'run web --image=host --port=80 --command -- sleep 3600' },
      {
        run: 'expose pod web --port=8000 --target-port=80 --name=front',
        stdout: 'service/front exposed\n',
        state: {
          [core('services/front')]: {
            spec: { selector: { run: 'web' }, ports: [{ port: 8000, targetPort: 80 }] },
          },
        },
      },
      {
        run: 'get endpointslices -l kubernetes.io/service-name=front -o name',
        stdout: /^endpointslice\.discovery\.k8s\.io\/front-[a-z0-9]{5}\n$/,
        eventually: true,
      },
      {
        run: 'run both --image=host --port=80 --expose --command -- sleep 3600',
        stdout: 'service/both created\npod/both created\n',
      },
    ],
  },
];

export const createServicesGroup: ScenarioGroup = {
  title: 'create service, quota, poddisruptionbudget, priorityclass; expose',
  scenarios: services,
};
