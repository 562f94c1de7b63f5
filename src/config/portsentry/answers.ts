import type { Transport } from '../../detect/probe.ts';
import { parseDuration } from '../../values/duration.ts';
import { quote } from '../found.ts';
import type { RuleAction } from '../policy.ts';
import type { RuleText } from '../rule-schema.ts';
import type { PortsentryModes, Style } from './modes.ts';
import { watchingOf } from './modes.ts';
import type { Notes } from './notes.ts';
import { readNumber } from './numbers.ts';
import type { Settings } from './settings.ts';

/** Probes that a rule can ask for: see rule-schema.ts. */
const MAX_PROBES = 1_000_000;

/** Events that PortSentry 1.2 remembers, of all sources together; a higher trigger fires at once there. */
const RING_OF_12 = 50;

const TCP_KINDS = ['syn', 'fin', 'null', 'xmas', 'odd'] as const;

type Kinds = NonNullable<RuleText['kinds']>;

/**
 * The rules: one for each watched protocol, or for both together as in PortSentry 2, where they share their count. A
 * source is answered at its Nth probe (SCAN_TRIGGER; 0 is 1) and each one after it, whenever that is.
 */
export function rulesOf(modes: PortsentryModes, settings: Settings, style: Style, notes: Notes): RuleText[] {
  const common = {
    probes: triggerOf(settings, style, notes),
    window: 'forever',
    again: 'probe',
    block_for: blockTime(settings, notes),
  } as const;
  const action = {
    tcp: actionOf('BLOCK_TCP', settings, style, notes),
    udp: actionOf('BLOCK_UDP', settings, style, notes),
  };
  if (style === '2') {
    const isListening = watchingOf(modes.tcp ?? modes.udp ?? 'stealth') === 'listen';
    const kinds: Kinds = isListening ? ['connect'] : [...TCP_KINDS, 'udp', 'fragment'];
    return [{ name: 'portsentry', kinds, ...common, action }];
  }
  return (['tcp', 'udp'] as const).flatMap((protocol) => {
    const mode = modes[protocol];
    if (mode === undefined) return [];
    return {
      name: `portsentry-${protocol}`,
      kinds: kindsOf(protocol, mode),
      protocol,
      ...common,
      action: action[protocol],
    };
  });
}

function kindsOf(protocol: Transport, mode: NonNullable<PortsentryModes[Transport]>): Kinds {
  if (watchingOf(mode) === 'listen') return ['connect'];
  return protocol === 'tcp' ? [...TCP_KINDS, 'fragment'] : ['udp', 'fragment'];
}

function triggerOf(settings: Settings, style: Style, notes: Notes): number {
  const setting = settings.get('SCAN_TRIGGER');
  const trigger = readNumber(setting, notes);
  const line = setting?.line ?? 0;
  if (trigger > MAX_PROBES)
    notes.warning(line, `SCAN_TRIGGER is more than ${MAX_PROBES}; that is taken for it`);
  const probes = Math.min(Math.max(trigger, 1), MAX_PROBES);
  if (style === '1.2' && probes > RING_OF_12)
    notes.difference(
      line,
      `${probes} probes trigger; PortSentry 1.2 remembers ${RING_OF_12} and reacts at once`,
    );
  if (style === '2' && probes > 65_535)
    notes.difference(
      line,
      `${probes} probes trigger; PortSentry 2 has 16 bits for the number and takes ${probes % 65_536}`,
    );
  return probes;
}

/** BLOCK_TCP and BLOCK_UDP. Of 0, PortSentry 1.2 makes a record all the same. */
function actionOf(
  key: 'BLOCK_TCP' | 'BLOCK_UDP',
  settings: Settings,
  style: Style,
  notes: Notes,
): RuleAction {
  const setting = settings.get(key);
  const number = readNumber(setting, notes);
  if (number === 1) {
    const hasOther = settings.has('KILL_ROUTE') || settings.has('KILL_HOSTS_DENY');
    if (setting && style === '2' && !hasOther)
      notes.difference(
        setting.line,
        `${key} blocks in the data plane alone; PortSentry 2 needs KILL_ROUTE or KILL_HOSTS_DENY`,
      );
    return 'block';
  }
  if (number === 2) {
    if (setting && !settings.has('KILL_RUN_CMD'))
      notes.warning(
        setting.line,
        `${key} wants the external command alone, and KILL_RUN_CMD is not set; nothing runs`,
      );
    return 'command';
  }
  if (setting && number !== 0)
    notes.warning(
      setting.line,
      `${key} is ${number}, and only 0, 1 and 2 mean something; it counts as 0: log only`,
    );
  return style === '1.2' ? 'record' : 'alert';
}

function blockTime(settings: Settings, notes: Notes): string {
  const setting = settings.get('BLOCK_TIME');
  if (!setting || setting.value === 'forever') return 'forever';
  if (parseDuration(setting.value) !== undefined) return setting.value;
  notes.warning(
    setting.line,
    `BLOCK_TIME: ${quote(setting.value)} is no duration like 30s, 10m or 1h30m; blocks last for ever`,
  );
  return 'forever';
}
