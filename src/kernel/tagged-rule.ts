/** Numbers of rules have the lower half of what the kernel is told, the tag of their policy (see rulesTag) the upper one. */
const NUMBER_MASK = 0xffff;

/** What events and blocks say of the rule that made them. */
export const taggedRule = (tag: number, number: number): number => ((tag & ~NUMBER_MASK) | number) >>> 0;

/** The number of the rule; undefined when it is another policy's. */
export const ruleOf = (tag: number, tagged: number): number | undefined =>
  taggedRule(tag, tagged & NUMBER_MASK) === tagged ? tagged & NUMBER_MASK : undefined;
