/** Tools that write their own headers, and so can be told by them. */
export const toolNames = ['masscan', 'zmap', 'nmap', 'mirai', 'unicornscan', 'hping3'] as const;

export type ToolName = (typeof toolNames)[number];
