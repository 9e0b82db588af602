import type { ControllerEntry } from './controllers.ts';
import { createCronJobController } from './cron-job/cron-job-controller.ts';
import { createDaemonSetController } from './daemon-set/daemon-set-controller.ts';
import { createDeploymentController } from './deployment/deployment-controller.ts';
import { createJobController } from './job/job-controller.ts';
import { createTtlAfterFinishedController } from './job/ttl-controller.ts';
import { REPLICA_SETS, REPLICATION_CONTROLLERS } from './replica-set/replica-flavor.ts';
import { createReplicaSetController } from './replica-set/replica-set-controller.ts';
import { createStatefulSetController } from './stateful-set/stateful-set-controller.ts';

/** The loops that keep pods. */
export const workloadControllers: readonly ControllerEntry[] = [
  {
    name: 'replicaset-controller',
    account: 'replicaset-controller',
    component: 'replicaset-controller',
    create: (context) => createReplicaSetController(context, REPLICA_SETS),
  },
  {
    name: 'replicationcontroller-controller',
    account: 'replication-controller',
    component: 'replication-controller',
    create: (context) => createReplicaSetController(context, REPLICATION_CONTROLLERS),
  },
  {
    name: 'deployment-controller',
    account: 'deployment-controller',
    component: 'deployment-controller',
    create: createDeploymentController,
  },
  {
    name: 'daemonset-controller',
    account: 'daemon-set-controller',
    component: 'daemonset-controller',
    create: createDaemonSetController,
  },
  {
    name: 'job-controller',
    account: 'job-controller',
    component: 'job-controller',
    create: createJobController,
  },
  {
    name: 'ttl-after-finished-controller',
    account: 'ttl-after-finished-controller',
    component: 'ttl-after-finished-controller',
    create: createTtlAfterFinishedController,
  },
  {
    name: 'cronjob-controller',
    account: 'cronjob-controller',
    component: 'cronjob-controller',
    create: createCronJobController,
  },
  {
    name: 'statefulset-controller',
    account: 'statefulset-controller',
    component: 'statefulset-controller',
    create: createStatefulSetController,
  },
];
