export { type ConfigMap, configMaps } from './kinds/core/config-map.ts';
