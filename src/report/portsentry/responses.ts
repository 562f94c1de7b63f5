import type { ResponsePolicy } from '../../config/policy.ts';
import type { ResponseName, ResponseResult, SentryEvent } from '../event.ts';
import type { Notice } from './notice.ts';

type ResponseEvent = Extract<SentryEvent, { event: 'response' }>;

/** What became of a response: PortSentry's own words where it has some, and one more line when there is more to know. */
export function responseNotices(event: ResponseEvent, policy: ResponsePolicy): Notice[] {
  const notices = event.undo ? [undone(event)] : outcome(event, policy);
  if (event.detail === undefined) return notices;
  const what = `${event.undo ? 'undoing ' : ''}${SUBJECT[event.response]} for host ${event.address}`;
  return [...notices, { tag: 'adminalert', text: `About ${what}: ${event.detail}` }];
}

const SUBJECT = {
  hosts_deny: 'the line in hosts.deny',
  route: 'the route command',
  command: 'the external command',
} as const satisfies Record<ResponseName, string>;

function outcome(event: ResponseEvent, policy: ResponsePolicy): Notice[] {
  const { response, address, text, result } = event;
  switch (result) {
    case 'done':
      return [{ tag: 'attackalert', text: DONE[response](address, text) }];
    case 'skipped':
      return [{ tag: 'attackalert', isBareIn2: true, text: SKIPPED[response](address) }];
    case 'failed':
      return failed(event, policy);
    case 'timed_out':
      return [failure(`For host ${address} ${SUBJECT[response]} took too long and was ended: "${text}"`)];
    case 'not_run':
      return [failure(`For host ${address} ${SUBJECT[response]} never had its turn: "${text}"`)];
  }
}

const failure = (text: string): Notice => ({ tag: 'adminalert', isError: true, text });

const DONE: Record<ResponseName, (address: string, text: string) => string> = {
  hosts_deny: (address, text) => `Host ${address} has been blocked via wrappers with string: "${text}"`,
  route: (address, text) => `Host ${address} has been blocked via dropped route using command: "${text}"`,
  command: (address, text) => `External command run for host: ${address} using command: "${text}"`,
};

/** The first is version 2's; 1.2 added the line to hosts.deny again. */
const SKIPPED: Record<ResponseName, (address: string) => string> = {
  hosts_deny: (address) => `Host ${address} already in hosts.deny file, skipping.`,
  route: (address) => `Host ${address} already has its route dropped, skipping.`,
  command: (address) => `Host ${address} already had the external command run, skipping.`,
};

function failed({ response, address }: ResponseEvent, { hostsDeny }: ResponsePolicy): Notice[] {
  switch (response) {
    case 'hosts_deny':
      return [
        {
          tag: 'adminalert',
          text: `cannot open hosts.deny file: ${hostsDeny?.file ?? '/etc/hosts.deny'} for blocking.`,
        },
        { ...failure(`There was an error trying to block host ${address}`), tag: 'securityalert' },
      ];
    case 'route':
      return [failure(`There was an error trying to block host (system fail) ${address}`)];
    case 'command':
      return [failure(`There was an error trying to run command (system fail) ${address}`)];
  }
}

const UNDONE: Record<ResponseResult, string> = {
  done: 'was undone',
  skipped: 'was undone already',
  failed: 'could not be undone',
  timed_out: 'took too long to undo and was ended',
  not_run: 'was not undone',
};

/** PortSentry never takes anything back: these words are our own. */
function undone({ response, address, text, result }: ResponseEvent): Notice {
  const isError = result !== 'done' && result !== 'skipped';
  return {
    tag: 'adminalert',
    isError,
    text: `For host ${address} ${SUBJECT[response]} ${UNDONE[result]}: "${text}"`,
  };
}
