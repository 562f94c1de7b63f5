import { readLine } from '../places.ts';
import type { ConfigText } from '../schema.ts';
import type { Notes } from './notes.ts';
import { readNumber } from './numbers.ts';
import type { OptionKey } from './options.ts';
import type { Settings } from './settings.ts';

type Responses = NonNullable<ConfigText['responses']>;

/** KILL_HOSTS_DENY, KILL_ROUTE and KILL_RUN_CMD as `responses`; undefined when none of them is there. */
export function responsesOf(settings: Settings, notes: Notes): Responses | undefined {
  const entry = lineOf('KILL_HOSTS_DENY', settings, notes, true);
  const route = pairOf('KILL_ROUTE', 'KILL_ROUTE_UNDO', settings, notes, true);
  const command = pairOf('KILL_RUN_CMD', 'KILL_RUN_CMD_UNDO', settings, notes, false);
  // Like PortSentry, which asks for it only when there is a command.
  const first = command !== undefined && readNumber(settings.get('KILL_RUN_CMD_FIRST'), notes) !== 0;
  if (entry === undefined && !route && !command) return undefined;
  return {
    ...(entry !== undefined && { hosts_deny: { entry } }),
    ...(route && { route }),
    ...(command && { command: { ...command, ...(first && { first }) } }),
  };
}

function pairOf(run: OptionKey, undo: OptionKey, settings: Settings, notes: Notes, mustNameTarget: boolean) {
  const command = lineOf(run, settings, notes, mustNameTarget);
  const back = lineOf(undo, settings, notes, false);
  if (command === undefined) {
    if (back !== undefined)
      notes.warning(settings.get(undo)!.line, `${undo} has no ${run} to undo; it is left out`);
    return undefined;
  }
  return { run: command, ...(back !== undefined && { undo: back }) };
}

/** The line to write or to run; undefined, with a warning, when it is none, or names no target though it must. */
function lineOf(
  key: OptionKey,
  settings: Settings,
  notes: Notes,
  mustNameTarget: boolean,
): string | undefined {
  const setting = settings.get(key);
  if (!setting || setting.value === '') return undefined;
  const { line, value } = setting;
  const refuse = (why: string) => void notes.warning(line, `${key} is left out: ${why}`);
  if (mustNameTarget && !value.includes('$TARGET$'))
    return refuse('it does not say where the address goes; write $TARGET$ there');
  try {
    return readLine(value) ?? refuse('it is blank');
  } catch (error) {
    return refuse((error as Error).message);
  }
}
