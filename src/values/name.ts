/** Names that people give to rules and lists, and metrics have as labels. */
export const NAME = /^[a-z][a-z0-9_-]{0,31}$/;
