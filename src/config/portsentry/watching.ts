import type { Transport } from '../../detect/probe.ts';
import type { PortSet } from '../../values/ports.ts';
import { quote } from '../found.ts';
import type { ConfigText } from '../schema.ts';
import type { PortsentryModes, Style } from './modes.ts';
import { watchingOf } from './modes.ts';
import type { Notes } from './notes.ts';
import { readNumber } from './numbers.ts';
import { readPortList } from './ports.ts';
import type { Settings } from './settings.ts';

/** Entries of a list that PortSentry 1.2 has room for (MAXSOCKS); of an exclude list, one more. */
const MAX_ENTRIES = 64;

/** What PortSentry 1.2 assumes without ADVANCED_PORTS_TCP and _UDP. */
const ASSUMED_BELOW = 1024;

type Monitored = NonNullable<NonNullable<ConfigText['monitor']>['tcp']>;

/** What one protocol's mode makes of the ports: watched, or listened at; or why that is nothing. */
export type Watching =
  | { readonly unused: Monitored }
  | { readonly listen: string }
  | { readonly nothing: string };

/** What is watched of one protocol in this mode, in words of the YAML file. */
export function watch(
  protocol: Transport,
  mode: PortsentryModes[Transport],
  settings: Settings,
  style: Style,
  notes: Notes,
): Watching {
  if (mode === undefined) return { nothing: `${protocol.toUpperCase()} has no mode` };
  const way = watchingOf(mode);
  if (way === 'below') return watchBelow(protocol, settings, notes);
  const key = protocol === 'tcp' ? 'TCP_PORTS' : 'UDP_PORTS';
  const setting = settings.get(key);
  if (!setting) return { nothing: `${key} is not there` };
  const list = readPortList(setting, way === 'listen' || style === '2' ? 1 : 0, notes);
  if (list.ports.size === 0) return { nothing: `${key} names no port` };
  if (style === '1.2') tellOfLists(list, setting, MAX_ENTRIES, notes);
  const ports = list.ports.toString();
  return way === 'listen' ? { listen: ports } : { unused: { unused: ports } };
}

/** All ports below a number but the excluded ones: -atcp and -audp. */
function watchBelow(protocol: Transport, settings: Settings, notes: Notes): Watching {
  const name = protocol === 'tcp' ? 'TCP' : 'UDP';
  const below = readBelow(settings, `ADVANCED_PORTS_${name}`, notes);
  if (below === 0) return { nothing: `ADVANCED_PORTS_${name} is 0` };
  const setting = settings.get(`ADVANCED_EXCLUDE_${name}`);
  const list = setting && readPortList(setting, 0, notes);
  if (list) tellOfLists(list, setting, MAX_ENTRIES + 1, notes);
  const except = list ? list.ports.toString() : '';
  const unused = below === 1 ? '0' : `0-${below - 1}`;
  return { unused: { unused, ...(except !== '' && { except }) } };
}

function readBelow(
  settings: Settings,
  key: 'ADVANCED_PORTS_TCP' | 'ADVANCED_PORTS_UDP',
  notes: Notes,
): number {
  const setting = settings.get(key);
  if (!setting) {
    notes.warning(0, `${key} is not there; ports below ${ASSUMED_BELOW} are watched, as in PortSentry 1.2`);
    return ASSUMED_BELOW;
  }
  const { line, value } = setting;
  if (!/^\s*\d+\s*$/.test(value)) {
    notes.warning(line, `${key}: ${quote(value)} is no number; ports below ${ASSUMED_BELOW} are watched`);
    return ASSUMED_BELOW;
  }
  const below = readNumber(setting, notes);
  if (below > 65_536)
    notes.warning(line, `${key}: there are no ports from 65536 on; all the others are watched`);
  return Math.min(below, 65_536);
}

function tellOfLists(
  {
    ports,
    entries,
    range,
  }: { readonly ports: PortSet; readonly entries: number; readonly range: string | undefined },
  { key, line }: { readonly key: string; readonly line: number },
  room: number,
  notes: Notes,
): void {
  const verb = key.startsWith('ADVANCED') ? ['are left out', 'leaves out'] : ['are watched', 'watches'];
  if (entries > room)
    notes.difference(
      line,
      `all ${ports.size} ports of ${key} ${verb[0]}; PortSentry 1.2 ${verb[1]} the first ${room}`,
    );
  if (range !== undefined)
    notes.difference(
      line,
      `the ports ${range} of ${key} ${verb[0]}; PortSentry 1.2 ${verb[1]} only the first of them`,
    );
}
