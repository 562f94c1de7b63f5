import { z } from 'zod';
import { section, wholeNumber } from './fields.ts';
import { complain } from './found.ts';

const off = z.literal('off').transform(() => undefined);

const measure = section({
  ports: wholeNumber(1, 16_384)
    .prefault(30)
    .meta({
      description:
        'So many ports (TCP 53 and UDP 53 are two) above what is usual in an hour make a campaign; or four standard deviations, where ' +
        'those are more: of 1,000 ports an hour that is 130.',
      unit: 'ports',
    }),
  rare_ports: wholeNumber(1, 16_384)
    .prefault(10)
    .meta({
      description:
        'The same of ports by how rare they are: one that nobody has ever tried counts 1, one that was tried before in so many hours the ' +
        'less (1/2, 1/3, and so on). Of each network two count.',
      unit: 'ports',
    }),
  learn_hours: wholeNumber(0, 24)
    .prefault(6)
    .meta({
      description:
        'How long is learned what is usual before anything is called a campaign. 0: not at all, and what is usual is nothing. Then the ' +
        'last 24 hours are what it goes by.',
      unit: 'hours',
    }),
});

/** Sources that have nothing in common but that all of them probe more than is usual. */
export const campaign = z
  .union([off, measure], {
    error: (issue) =>
      complain(issue.input, 'campaign', 'off, or options below it: ports, rare_ports, learn_hours'),
  })
  .prefault({})
  .meta({
    description:
      'An alert when sources that no rule has caught try more ports in an hour than is usual here, or rarer ones. It blocks nobody: see ' +
      'docs/together.md.',
    allowed: '`off`, or a map of `ports`, `rare_ports` and `learn_hours`',
  });
