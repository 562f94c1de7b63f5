import { Document, isMap, isScalar, isSeq, visit } from 'yaml';
import { quote } from '../found.ts';
import type { ConfigText } from '../schema.ts';
import { modeWords } from './modes.ts';
import type { PortsentryReading } from './translate.ts';

/** What each part of the file comes from, for whoever goes on with it. */
const origins: Partial<Record<keyof ConfigText, string>> = {
  mode: 'What happens to a source is said by `action` below.',
  interface: 'INTERFACE',
  monitor: 'TCP_PORTS and UDP_PORTS, or ADVANCED_PORTS_… without ADVANCED_EXCLUDE_…',
  listen: 'TCP_PORTS and UDP_PORTS, which are listened at, and PORT_BANNER',
  ignore_files: 'IGNORE_FILE',
  rules:
    'SCAN_TRIGGER, BLOCK_TCP and BLOCK_UDP: whenever the probes come, for good, and again with each further one',
  responses: 'KILL_HOSTS_DENY, KILL_ROUTE and KILL_RUN_CMD',
  portsentry: 'HISTORY_FILE, BLOCKED_FILE and RESOLVE_HOST, in words and formats of PortSentry',
  log: 'Lines of PortSentry, for the filters that read them; `human` and `json` say more.',
};

/** The YAML file that makes the sentry do what this portsentry.conf does. `origin` names the latter in a comment. */
export function toYaml({ document, style, modes }: PortsentryReading, origin: string): string {
  const yaml = new Document(document, { aliasDuplicateObjects: false });
  const version = style === '2' ? '2.x' : style;
  yaml.commentBefore = ` Made by xdpsentry migrate of ${quote(origin)}: PortSentry ${version}, ${modeWords(modes)}.`;
  for (const { key } of isMap(yaml.contents) ? yaml.contents.items : []) {
    if (!isScalar(key)) continue;
    const words = origins[key.value as keyof ConfigText];
    if (words !== undefined) key.commentBefore = ` ${words}`;
    key.spaceBefore = key.value !== 'mode';
  }
  visit(yaml, {
    Pair(_, { key, value }) {
      if (isScalar(key) && key.value === 'kinds' && isSeq(value)) value.flow = true;
    },
  });
  return yaml.toString({ lineWidth: 0, flowCollectionPadding: false });
}
