/**
 * True for an id that looks as if a tracker had made it at random: 21 characters of `A-Za-z0-9_-`, as kmq's tracker makes them
 * (docs/reference.md#3.3), or the 27 characters in base64, with `=` behind them or not, that stores from
 * before kmq contain. It must have capital and small letters, so a number or a name in small letters is never taken for one. (One
 * random id in some 30,000 does not have both.)
 */
export const isAnonymous = (identity: string): boolean =>
  /^(?:[\w-]{21}|[\w+/-]{27}=?)$/.test(identity) && /[A-Z]/.test(identity) && /[a-z]/.test(identity);
