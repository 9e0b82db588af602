import type { ScenarioGroup } from '../scenario.ts';

const apps = (resource: string) => `/apis/apps/v1/namespaces/{ns}/${resource}`;
const batch = (resource: string) => `/apis/batch/v1/namespaces/{ns}/${resource}`;
const createDeployment = 'create deployment d --image=host -- sleep 3600';

const daemonSet = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'd' },
  spec: {
    selector: { matchLabels: { app: 'd' } },
    template: {
      metadata: { labels: { app: 'd' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'main', image: 'host', command: ['sleep', '3600'] }],
      },
    },
  },
};

/** What is made of pods. */
export const workloadsGroup: ScenarioGroup = {
  title: 'deployments, jobs, ingresses; set, rollout, scale, autoscale',
  scenarios: [
    {
      name: 'create deployment',
      steps: [
        {
          run: 'create deployment d --image=host --replicas=2 --port=80 -- sleep 3600',
          stdout: 'deployment.apps/d created\n',
          state: {
            [apps('deployments/d')]: {
              spec: {
                replicas: 2,
                revisionHistoryLimit: 10,
                progressDeadlineSeconds: 600,
                selector: { matchLabels: { app: 'd' } },
                strategy: {
                  type: 'RollingUpdate',
                  rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
                },
                template: {
                  metadata: { labels: { app: 'd' } },
                  spec: {
                    containers: [
                      {
                        name: 'host',
                        image: 'host',
                        command: ['sleep', '3600'],
                        ports: [{ containerPort: 80 }],
                      },
                    ],
                  },
                },
              },
            },
          },
        },
        { run: 'get deployment d', stdout: /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nd +\d\/2 +/ },
        { run: 'describe deployment d', stdout: /^StrategyType: +RollingUpdate\n/m },
      ],
    },
    {
      name: 'set image|env|resources|serviceaccount|selector of a deployment',
      steps: [
        { run: createDeployment },
        { run: 'set image deployment/d host=other', stdout: 'deployment.apps/d image updated\n' },
        { run: 'set env deployment/d A=1 B=2', stdout: 'deployment.apps/d env updated\n' },
        { run: 'set env deployment/d A-', stdout: 'deployment.apps/d env updated\n' },
        {
          run: 'set resources deployment d --limits=cpu=200m,memory=64Mi',
          stdout: 'deployment.apps/d resource requirements updated\n',
        },
        {
          run: 'set serviceaccount deployment d builder',
          stdout: 'deployment.apps/d serviceaccount updated\n',
        },
        {
          state: {
            [apps('deployments/d')]: {
              spec: {
                template: {
                  spec: {
                    serviceAccountName: 'builder',
                    containers: [
                      {
                        image: 'other',
                        env: [{ name: 'B', value: '2' }],
                        resources: { limits: { cpu: '200m', memory: '64Mi' } },
                      },
                    ],
                  },
                },
              },
            },
          },
        },
        { run: 'set env deployment/d --list', stdout: '# Deployment d, container host\nB=2\n' },
      ],
    },
    {
      name: 'set env --from=configmap',
      steps: [
        { run: createDeployment },
        { run: 'create configmap c --from-literal=key=v' },
        {
          run: 'set env deployment/d --from=configmap/c --prefix=MY_',
          stdout: 'deployment.apps/d env updated\n',
          stderr: 'Warning: key key transferred to KEY\n',
          state: {
            [apps('deployments/d')]: {
              spec: {
                template: {
                  spec: {
                    containers: [
                      {
                        env: [{ name: 'MY_KEY', valueFrom: { configMapKeyRef: { name: 'c', key: 'key' } } }],
                      },
                    ],
                  },
                },
              },
            },
          },
        },
      ],
    },
    {
      name: 'set selector of a service',
      steps: [
        { run: 'create service clusterip s --tcp=80' },
        {
          run: 'set selector service s app=web',
          stdout: 'service/s selector updated\n',
          state: { '/api/v1/namespaces/{ns}/services/s': { spec: { selector: { app: 'web' } } } },
        },
      ],
    },
    {
      name: 'scale deployment, with --current-replicas',
      steps: [
        { run: createDeployment },
        {
          run: 'scale deployment d --replicas=3',
          stdout: 'deployment.apps/d scaled\n',
          state: { [apps('deployments/d')]: { spec: { replicas: 3 } } },
        },
        {
          run: 'scale deployment d --current-replicas=1 --replicas=2',
          exitCode: 1,
          stderr: /Expected replicas to be 1, was 3/,
        },
        { run: 'get deployment d --subresource=scale -o jsonpath={.spec.replicas}', stdout: '3' },
        { run: 'scale deployment d --replicas=0', stdout: 'deployment.apps/d scaled\n' },
      ],
    },
    {
      name: 'rollout status, history, undo',
      steps: [
        { run: createDeployment },
        {
          run: 'rollout status deployment/d --timeout=30s',
          stdout: /^deployment "d" successfully rolled out\n$/m,
        },
        { run: 'set env deployment/d A=1' },
        { run: 'annotate deployment/d kubernetes.io/change-cause=because', stdout: /annotate/ },
        {
          run: 'rollout status deployment/d --timeout=40s',
          stdout: /^deployment "d" successfully rolled out\n$/m,
        },
        {
          run: 'rollout history deployment/d',
          stdout: /^deployment\.apps\/d \nREVISION +CHANGE-CAUSE\n1 +<none>\n2 +because\n/,
          eventually: true,
        },
        { run: 'rollout history deployment/d --revision=2', stdout: /^ +A:\t1$/m },
        { run: 'rollout undo deployment/d', stdout: 'deployment.apps/d rolled back\n' },
        { run: "get deployment d -o 'jsonpath={.spec.template.spec.containers[0].env}'", stdout: '' },
        { run: 'rollout status deployment/d --timeout=40s', stdout: /successfully rolled out/ },
        {
          run: 'rollout undo deployment/d --to-revision=9',
          exitCode: 1,
          stderr: /unable to find specified revision 9 in history/,
        },
      ],
    },
    {
      name: 'delete deployment, with all that it made',
      steps: [
        { run: createDeployment },
        { run: 'wait deployment/d --for=condition=Available --timeout=30s' },
        {
          run: 'get all -o name',
          stdout: /^pod\/d-\S+\n[\s\S]*deployment\.apps\/d\nreplicaset\.apps\/d-\S+\n$/,
        },
        { run: 'delete deployment d --cascade=foreground', stdout: /^deployment\.apps "d" deleted/ },
        { run: 'get rs,pods -o name', stdout: '' },
      ],
    },
    {
      name: 'delete deployment --cascade=orphan',
      steps: [
        { run: createDeployment },
        { run: 'wait deployment/d --for=condition=Available --timeout=30s' },
        { run: 'delete deployment d --cascade=orphan', stdout: /deleted/ },
        {
          run: "get rs -l app=d -o 'jsonpath={.items[0].metadata.ownerReferences}'",
          stdout: '',
          eventually: true,
        },
        { run: 'delete rs -l app=d' },
        { run: 'get pods -o name', stdout: '', eventually: true },
      ],
    },
    {
      name: 'rollout pause, resume, restart',
      steps: [
        { run: createDeployment },
        { run: 'rollout pause deployment/d', stdout: 'deployment.apps/d paused\n' },
        { run: 'rollout restart deployment/d', exitCode: 1, stderr: /can't restart paused deployment/ },
        { run: 'rollout resume deployment/d', stdout: 'deployment.apps/d resumed\n' },
        { run: 'rollout restart deployment/d', stdout: 'deployment.apps/d restarted\n' },
        {
          run: "get deployment d -o 'go-template={{range $k, $v := .spec.template.metadata.annotations}}{{$k}}{{end}}'",
          stdout: 'kubectl.kubernetes.io/restartedAt',
        },
      ],
    },
    {
      name: 'expose deployment',
      steps: [
        { run: 'create deployment d --image=host --port=80 -- sleep 3600' },
        {
          run: 'expose deployment d --port=8000 --type=NodePort',
          stdout: 'service/d exposed\n',
          state: {
            '/api/v1/namespaces/{ns}/services/d': {
              spec: { type: 'NodePort', selector: { app: 'd' }, ports: [{ port: 8000, targetPort: 8000 }] },
            },
          },
        },
      ],
    },
    {
      name: 'create job, create job --from=cronjob',
      steps: [
        {
          run: 'create job j --image=host -- true',
          stdout: 'job.batch/j created\n',
          state: {
            [batch('jobs/j')]: {
              spec: {
                completions: 1,
                parallelism: 1,
                backoffLimit: 6,
                template: {
                  spec: { restartPolicy: 'Never', containers: [{ name: 'j', command: ['true'] }] },
                },
              },
            },
          },
        },
        {
          run: "create cronjob c --image=host --schedule='0 0 1 1 *' -- true",
          stdout: 'cronjob.batch/c created\n',
        },
        { run: 'create job once --from=cronjob/c', stdout: 'job.batch/once created\n' },
        {
          run: "get job once -o 'jsonpath={.metadata.annotations.cronjob\\.kubernetes\\.io/instantiate}'",
          stdout: 'manual',
        },
      ],
    },
    {
      name: 'wait for a job, logs job/NAME',
      steps: [
        { run: 'create job j --image=host -- echo done' },
        { run: 'wait job/j --for=condition=complete --timeout=30s', stdout: 'job.batch/j condition met\n' },
        {
          run: 'get job j',
          stdout: /^NAME +STATUS +COMPLETIONS +DURATION +AGE\nj +Complete +1\/1 +\d+s +\S+\n$/,
        },
        { run: 'logs job/j', stdout: 'done\n' },
        { run: 'delete job j', stdout: /^job\.batch "j" deleted/ },
        { run: 'get pods -o name', stdout: '', eventually: true },
      ],
    },
    {
      name: 'rollout status|restart|history of a daemonset',
      given: [daemonSet],
      steps: [
        {
          run: 'rollout status daemonset/d --timeout=30s',
          stdout: /^daemon set "d" successfully rolled out\n$/m,
        },
        { run: 'get ds d', stdout: /^d +1 +1 +1 +1 +1 +<none> +/m },
        { run: 'set env ds/d A=1', stdout: 'daemonset.apps/d env updated\n' },
        {
          run: 'rollout status daemonset/d --timeout=40s',
          stdout: /^daemon set "d" successfully rolled out\n$/m,
        },
        { run: 'rollout history daemonset/d', stdout: /^1 +<none>\n2 +<none>\n/m },
        { run: 'rollout undo daemonset/d', stdout: 'daemonset.apps/d rolled back\n' },
        { run: "get ds d -o 'jsonpath={.spec.template.spec.containers[0].env}'", stdout: '' },
      ],
    },
    {
      name: 'create cronjob',
      steps: [
        {
          run: "create cronjob c --image=host --schedule='*/5 * * * *' --restart=OnFailure -- true",
          stdout: 'cronjob.batch/c created\n',
          state: {
            [batch('cronjobs/c')]: {
              spec: { schedule: '*/5 * * * *', concurrencyPolicy: 'Allow', suspend: false },
            },
          },
        },
        {
          run: "create cronjob bad --image=host --schedule='now and then'",
          exitCode: 1,
          stderr: /spec\.schedule: Invalid value: "now and then"/,
        },
        {
          run: 'get cronjob c',
          stdout:
            /^NAME +SCHEDULE +TIMEZONE +SUSPEND +ACTIVE +LAST SCHEDULE +AGE\nc +\*\/5 \* \* \* \* +<none> +False +0 +<none> +/,
        },
      ],
    },
    {
      name: 'create ingress',
      steps: [
        {
          run: "create ingress i --class=none --rule='example.org/api*=s:80,tls=cert' --default-backend=other:http",
          stdout: 'ingress.networking.k8s.io/i created\n',
          state: {
            '/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses/i': {
              spec: {
                ingressClassName: 'none',
                defaultBackend: { service: { name: 'other', port: { name: 'http' } } },
                tls: [{ hosts: ['example.org'], secretName: 'cert' }],
                rules: [
                  {
                    host: 'example.org',
                    http: {
                      paths: [
                        {
                          path: '/api',
                          pathType: 'Prefix',
                          backend: { service: { name: 's', port: { number: 80 } } },
                        },
                      ],
                    },
                  },
                ],
              },
            },
          },
        },
        {
          run: 'get ingress i',
          stdout: /^NAME +CLASS +HOSTS +ADDRESS +PORTS +AGE\ni +none +example\.org +80, 443 +\S+\n$/,
        },
        {
          run: 'describe ingress i',
          stdout: /^ {2}example\.org +\n? +\/api +s:80/m,
          // Older ones look at Endpoints.
          stderr:
            /^(Warning: v1 Endpoints is deprecated in v1\.33\+; use discovery\.k8s\.io\/v1 EndpointSlice\n)*$/,
        },
      ],
    },
    {
      name: 'autoscale',
      refused: 'there are no HorizontalPodAutoscalers: nothing measures load yet',
      steps: [
        { run: createDeployment },
        {
          run: 'autoscale deployment/d --max=2',
          exitCode: 1,
          stderr: /could not find the requested resource|no matches for kind/,
          by: { '1.36': { stderr: /^error: failed to create autoscaling\/v2 HPA/ } },
        },
      ],
    },
  ],
};
