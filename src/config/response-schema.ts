import { duration, filePath, flag, section, textual, wholeNumber } from './fields.ts';
import { readLine } from './places.ts';

const COMMAND = 'one line for /bin/sh';
const TOKENS =
  '`$TARGET$` is the address, `$PORT$` the port that it probed, `$MODE$` the mode of PortSentry.';

/** One line; with `$TARGET$` in it where it would otherwise hit nobody, or everybody. */
function line(noun: string, allowed: string, mustNameTarget: boolean) {
  const words = mustNameTarget ? `${allowed} with $TARGET$ in it` : allowed;
  return textual(noun, words, (text) => {
    if (mustNameTarget && !text.includes('$TARGET$')) throw new Error('$TARGET$ is not in it');
    return readLine(text);
  }).meta({ allowed: words });
}

const undo = (example: string) =>
  line('command', COMMAND, false)
    .optional()
    .meta({ description: 'What runs when the block ends; without it, nothing does.', samples: [example] });

/** What runs when a source is answered. */
export const responses = section({
  hosts_deny: section({
    entry: line('line', 'one line', true).meta({
      description: `Line that is added, and taken away when the block ends. ${TOKENS}`,
      samples: ['ALL: $TARGET$ : DENY'],
    }),
    file: filePath().prefault('/etc/hosts.deny').meta({ description: 'File of TCP wrappers.' }),
  })
    .optional()
    .meta({
      description: 'A line for TCP wrappers; without it, none is written.',
      allowed: 'a map of `entry` and `file`',
    }),
  route: section({
    run: line('command', COMMAND, true).meta({
      description: `Command that cuts the source off. ${TOKENS}`,
      samples: ['/sbin/ip route add blackhole $TARGET$'],
    }),
    undo: undo('/sbin/ip route del blackhole $TARGET$'),
  })
    .optional()
    .meta({
      description: 'A command besides the block in the data plane; without it, none runs.',
      allowed: 'a map of `run` and `undo`',
    }),
  command: section({
    run: line('command', COMMAND, false).meta({
      description: `Command that runs whenever a source is answered. ${TOKENS}`,
      samples: ['/usr/local/sbin/tell-us $TARGET$ $PORT$'],
    }),
    undo: undo('/usr/local/sbin/tell-us ended $TARGET$'),
    first: flag().prefault(false).meta({
      description: 'Whether it runs before the other two, and not after them.',
    }),
  })
    .optional()
    .meta({
      description: 'A command of your own; without it, none runs.',
      allowed: 'a map of `run`, `undo` and `first`',
    }),
  concurrency: wholeNumber(1, 256).prefault(4).meta({
    description: 'Commands that run at one time; the others wait.',
    unit: 'commands',
  }),
  timeout: duration('24h').prefault('10m').meta({
    description: 'After this time a command is ended.',
    unit: 'duration',
  }),
})
  .prefault({})
  .meta({
    description:
      'What happens to a source besides the block in the data plane: hosts.deny, route, command, in this order.',
    allowed: 'a map of `hosts_deny`, `route`, `command`, `concurrency` and `timeout`',
  });
