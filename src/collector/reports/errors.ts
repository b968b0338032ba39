/** Why a question has no answer, as HTTP says it. */
export class NoAnswer extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
    readonly code: string,
    /** While reports are built: the part that is done, from 0 to 1. */
    readonly progress?: number,
  ) {
    super(message);
  }
}

/** A question that is none: `member` is what is wrong in it, such as `steps[3].event`. */
export class BadQuestion extends Error {
  readonly statusCode = 400;
  readonly code: string;
  readonly member: string;

  constructor({ error, code, member }: { error: string; code: string; member: string }) {
    super(error);
    this.code = code;
    this.member = member;
  }
}
