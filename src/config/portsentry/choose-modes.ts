import type { Transport } from '../../detect/probe.ts';
import { readDefaults } from './defaults.ts';
import type { Dialect } from './dialect.ts';
import { modeWords, namesMode, type PortsentryModes } from './modes.ts';
import type { Notes } from './notes.ts';
import type { Settings } from './settings.ts';

/** What decides the modes besides the settings. */
export type ModeSources = {
  /** Modes that the caller names; they win over everything. */
  readonly modes?: PortsentryModes | undefined;
  /** Debian's /etc/default/portsentry, which names the modes of 1.2; answers undefined when there is none. */
  readonly defaults?: () => { readonly path: string; readonly text: string } | undefined;
};

/**
 * The modes that PortSentry would be started with. It hears them on its command line, so without a caller who names them
 * they are: for 1.2 those of /etc/default/portsentry, or atcp and audp where the file has ADVANCED_PORTS_TCP and _UDP
 * (the modes that every guide recommends), else stcp and sudp; for 2 stealth. A note says which, and why. Throws
 * XS_ERR_CONFIG for a defaults file that starts nothing.
 */
export function chooseModes(
  settings: Settings,
  { style, why }: Dialect,
  sources: ModeSources,
  notes: Notes,
): PortsentryModes {
  if (namesMode(sources.modes)) return sources.modes;
  const tell = (modes: PortsentryModes, reason: string): PortsentryModes => {
    const version = style === '2' ? '2.x' : style;
    notes.difference(0, `read as for PortSentry ${version} (${why}), mode ${modeWords(modes)}: ${reason}`);
    return modes;
  };
  if (style === '2') return tell({ tcp: 'stealth', udp: 'stealth' }, 'what it does without being told');
  const defaults = sources.defaults?.();
  if (defaults) return tell(readDefaults(defaults.text, defaults.path), `${defaults.path} says so`);
  const advanced = (['tcp', 'udp'] as const).filter((protocol) => hasAdvanced(protocol, settings));
  const modes = {
    tcp: advanced.includes('tcp') ? 'atcp' : 'stcp',
    udp: advanced.includes('udp') ? 'audp' : 'sudp',
  } as const;
  const reason = advanced.length > 0 ? 'it has ADVANCED_PORTS' : 'it has no ADVANCED_PORTS';
  return tell(modes, `${reason}, and neither the command line nor the service says another`);
}

const hasAdvanced = (protocol: Transport, settings: Settings): boolean =>
  settings.has(protocol === 'tcp' ? 'ADVANCED_PORTS_TCP' : 'ADVANCED_PORTS_UDP');
