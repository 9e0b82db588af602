import type { ControllerEntry } from './controllers.ts';
import { createDeploymentController } from './deployment/deployment-controller.ts';
import { REPLICA_SETS, REPLICATION_CONTROLLERS } from './replica-set/replica-flavor.ts';
import { createReplicaSetController } from './replica-set/replica-set-controller.ts';

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
];
