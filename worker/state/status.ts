/** Places of the status list: a place comes round again after a million tokens, long after its token has ended. */
export const PLACES = 2 ** 20;
