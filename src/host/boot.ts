import { readFileSync } from 'node:fs';

/** Tells this boot of the machine from others (proc(5)). */
export const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
