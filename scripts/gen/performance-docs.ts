/** Writes docs/performance.md and its plots anew from the figures that the last `make bench WRITE=1` has left. */
import { existsSync } from 'node:fs';
import { renderDocuments } from '../bench/documents.ts';

if (existsSync(new URL('../../docs/performance/bench.json', import.meta.url))) renderDocuments();
