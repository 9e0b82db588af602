/** A volume cannot be made ready, now or ever; the pod waits. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';

  constructor(volumeName: string, cause: string) {
    super(`MountVolume.SetUp failed for volume "${volumeName}" : ${cause}`);
  }
}
