/** The policies about inputs that cannot be used: an option of public functions, and what passes over records obey. */

/** From the strictest on: what one of them made without rejects, the later ones would have made too. */
export const onErrorChoices = ['fail', 'skip', 'salvage'] as const;
export type OnError = (typeof onErrorChoices)[number];
