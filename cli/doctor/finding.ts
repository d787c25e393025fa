/** One thing doctor looked at, what it saw, and what to do about it. */
export interface Finding {
  readonly check: string;
  /** `note`: nothing to repair, good to know. */
  readonly status: 'ok' | 'warn' | 'fail' | 'note';
  readonly text: string;
}

export function ok(check: string, text: string): Finding {
  return { check, status: 'ok', text };
}

export function warn(check: string, text: string): Finding {
  return { check, status: 'warn', text };
}

export function fail(check: string, text: string): Finding {
  return { check, status: 'fail', text };
}

export function note(check: string, text: string): Finding {
  return { check, status: 'note', text };
}
