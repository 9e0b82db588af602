export { createLogger, type Logger, type LogLevel, silentLogger } from './logger.ts';
export { Counter, createRegistry, Gauge, Histogram, Registry } from './metrics.ts';
