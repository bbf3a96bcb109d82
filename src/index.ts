/** The public surface, re-exported by name; nothing else is public. */

export { BowerbirdError, type ErrorCode, errorCodes } from './errors.ts';
