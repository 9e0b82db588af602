import { nodes, persistentVolumeClaims, persistentVolumes, storageClasses } from '@hawser/api';
import { keyOf } from '@hawser/client';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { ClaimSync } from './claim-sync.ts';
import { VolumeSync } from './volume-sync.ts';

const claimKey = (namespace = '', name = '') => `claim/${namespace}/${name}`;

/**
 * Binds claims to volumes that stand ready, and tells of both where they are in their lives
 * (pkg/controller/volume/persistentvolume). Volumes are made and deleted by provisioners outside: a claim of
 * their class is marked for them, as upstream marks it.
 */
export function createVolumeBinder(context: ControllerContext): Controller {
  const { informers } = context;
  const claims = informers.get(persistentVolumeClaims);
  const volumes = informers.get(persistentVolumes);
  const classes = informers.get(storageClasses);
  const nodeCache = informers.get(nodes);
  const claimSync = new ClaimSync(context, { volumes, classes, nodes: nodeCache });
  const volumeSync = new VolumeSync(context, claims);
  const unbound = () =>
    claims
      .list()
      .filter(({ spec }) => !spec?.volumeName)
      .map((claim) => `claim/${keyOf(claim)}`);
  // One at a time: two claims must not be given the same volume out of one look at the cache.
  const sync = async (key: string, signal: AbortSignal) => {
    const [kind, ...rest] = key.split('/');
    if (kind === 'claim') {
      const claim = claims.get(rest.join('/'));
      if (claim !== undefined) await claimSync.sync(claim, signal);
    } else {
      const volume = volumes.get(rest.join('/'));
      if (volume !== undefined) await volumeSync.sync(volume, signal);
    }
  };
  return new Reconciler(context, { name: 'persistentvolume-binder-controller', sync, concurrency: 1 })
    .follow(claims, ({ metadata, spec }) => [
      claimKey(metadata.namespace, metadata.name),
      // The volume of a claim that is gone, or bound elsewhere, has to hear of it.
      ...volumes
        .list()
        .filter(
          ({ spec: of, metadata: { name } }) =>
            name === spec?.volumeName ||
            (of?.claimRef?.name === metadata.name && of?.claimRef?.namespace === metadata.namespace),
        )
        .map((volume) => `volume/${volume.metadata.name}`),
    ])
    .follow(volumes, ({ metadata, spec }) => [
      `volume/${metadata.name}`,
      ...(spec?.claimRef === undefined ? unbound() : [claimKey(spec.claimRef.namespace, spec.claimRef.name)]),
      ...claims
        .list()
        .filter((claim) => claim.spec?.volumeName === metadata.name)
        .map((claim) => `claim/${keyOf(claim)}`),
    ])
    .follow(classes, unbound)
    .need(nodeCache);
}
