/** Writes docs/evaluation.md anew from the figures that the last `make eval WRITE=1` has left. */
import { existsSync } from 'node:fs';
import { renderDocument } from '../eval/documents.ts';

if (existsSync(new URL('../../docs/evaluation/eval.json', import.meta.url))) renderDocument();
