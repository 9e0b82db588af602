export { StaticLister } from './static-lister.ts';
