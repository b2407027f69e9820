/** What fits one request to hasher; its clients divide what does not. */
export const MAX_BODY_BYTES = 1_048_576;
