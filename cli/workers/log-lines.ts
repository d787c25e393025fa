/** A line of a worker's log as the supervisor prints it: JSON gets a field, text a prefix. */
export function labelled(worker: string, line: string): string {
  if (line.startsWith('{')) {
    try {
      return JSON.stringify({ ...(JSON.parse(line) as Record<string, unknown>), worker });
    } catch {
      // Text that happens to begin that way.
    }
  }
  return `worker ${worker}: ${line}`;
}

/** The sentence of a line with which a command of ours ends on an error; undefined for any other line. */
export function lastSentence(line: string): string | undefined {
  const text = /^juliu: (.*)$/.exec(line)?.[1];
  if (text !== undefined || !line.startsWith('{"error":')) return text;
  try {
    const { error } = JSON.parse(line) as { readonly error?: { readonly message?: unknown } };
    return typeof error?.message === 'string' ? error.message : undefined;
  } catch {
    return undefined;
  }
}
