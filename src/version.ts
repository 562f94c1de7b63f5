import { readFileSync } from 'node:fs';

/** Same place seen from src/ and from dist/. */
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export const version: string = manifest.version;
