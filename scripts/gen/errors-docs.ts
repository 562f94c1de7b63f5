/** Writes docs/errors.md from the error registry. */
import { errorCodes } from '../../src/errors.ts';
import { writeIfChanged } from './write.ts';

const rows = Object.entries(errorCodes).map(
  ([code, { exit, what, todo }]) => `| \`${code}\` | ${exit} | ${what}. | ${todo} |`,
);
const text = `# Errors and exit codes

Made from \`src/errors.ts\` by \`make gen\`.

Every failure is told on standard error: what happened and with what, then what to do, then the code in brackets.

| exit code | meaning |
| --- | --- |
| 0 | done; \`check\` also when it warns: the configuration works |
| 1 | refused or failed; nothing was changed |
| 2 | the command line or the configuration is wrong; nothing was changed |
| 3 | this machine, its kernel, its permissions or its network are in the way |
| 4 | the control socket: no sentry is running, or one already is |
| 5 | nobody has confirmed in time: enforcement is rolled back |

| code | exit | what happened | what to do |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
writeIfChanged(new URL('../../docs/errors.md', import.meta.url), text);
