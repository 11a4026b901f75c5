export { type Schedule, scheduleAt, type Warmup } from './schedule.js';
