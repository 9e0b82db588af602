export { caBundleFile, keyPairFiles } from './pem-files.ts';
export { readCaBundle, readKeyPair } from './read-pem.ts';
export { ReloadMetrics } from './reload-metrics.ts';
export { type ReloadingFileOptions, ReloadingFiles, type ReloadSurroundings } from './reloading-files.ts';
export { warnOfOpenFile } from './warn-of-open-file.ts';
