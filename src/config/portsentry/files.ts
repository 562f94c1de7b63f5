import { quote } from '../found.ts';
import { MAX_BANNER_BYTES } from '../monitor-schema.ts';
import { readPath } from '../places.ts';
import { readInterfaces } from './interfaces.ts';
import type { Style } from './modes.ts';
import type { Notes } from './notes.ts';
import type { Settings } from './settings.ts';

type FileKey = 'IGNORE_FILE' | 'HISTORY_FILE' | 'BLOCKED_FILE';

const consequences = {
  IGNORE_FILE: 'nobody is ignored but who is guarded anyway',
  HISTORY_FILE: 'no history is written',
  BLOCKED_FILE: 'no file of blocked sources is written',
} as const satisfies Record<FileKey, string>;

/** The path of one of the files, absolute; undefined when there is none. PortSentry's own directory is the root. */
export function pathOf(key: FileKey, settings: Settings, style: Style, notes: Notes): string | undefined {
  const setting = settings.get(key);
  if (!setting || setting.value === '') {
    if (style === '1.2')
      notes.difference(
        setting?.line ?? 0,
        `${key} is not set, and ${consequences[key]}; PortSentry 1.2 does not start without it`,
      );
    return undefined;
  }
  const { line, value } = setting;
  const path = pathIn(value.startsWith('/') ? value : `/${value}`);
  if (path === undefined) {
    notes.warning(line, `${key}: ${quote(value)} is no path of a file; ${consequences[key]}`);
    return undefined;
  }
  if (path !== value)
    notes.warning(line, `${key}: ${quote(value)} does not begin with /; ${path} is taken for it`);
  return path;
}

function pathIn(text: string): string | undefined {
  try {
    return readPath(text);
  } catch {
    return undefined; // too long: as little a path as any other that is none
  }
}

/** The ignore file, and the one that Debian's script makes it of: addresses are added and removed there. */
export function ignoreFilesOf(settings: Settings, style: Style, notes: Notes): string[] {
  const path = pathOf('IGNORE_FILE', settings, style, notes);
  if (path === undefined) return [];
  return path.endsWith('.ignore') ? [path, `${path}.static`] : [path];
}

/** INTERFACE, our own option; undefined: that of the default route. */
export function interfacesOf(settings: Settings, notes: Notes): string[] | undefined {
  const setting = settings.get('INTERFACE');
  if (!setting || setting.value === '') return undefined;
  let why = 'is no name of an interface';
  try {
    const choice = readInterfaces(setting.value);
    if (choice !== undefined) return choice;
  } catch (error) {
    why = `cannot be: ${(error as Error).message}`;
  }
  notes.warning(
    setting.line,
    `INTERFACE: ${quote(setting.value)} ${why}; that of the default route is watched`,
  );
  return undefined;
}

/** PORT_BANNER; undefined when nothing is said. */
export function bannerOf(settings: Settings, notes: Notes): string | undefined {
  const setting = settings.get('PORT_BANNER');
  if (!setting || setting.value === '') return undefined;
  if (Buffer.byteLength(setting.value) <= MAX_BANNER_BYTES) return setting.value;
  notes.warning(setting.line, `PORT_BANNER has more than ${MAX_BANNER_BYTES} bytes; the rest is left out`);
  // `stream` holds back the bytes of a character that was cut in two.
  return new TextDecoder().decode(Buffer.from(setting.value).subarray(0, MAX_BANNER_BYTES), { stream: true });
}
